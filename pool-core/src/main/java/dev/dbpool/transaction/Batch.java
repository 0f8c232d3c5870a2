package dev.dbpool.transaction;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.util.UriUtils;

/**
 * The operations of one run of a transaction, and how they are to run.
 */
final class Batch {

	private static final int MAX_OPERATIONS = 1_000;

	private static final int MAX_KEY = 200;

	/**
	 * Well below what gateways take.
	 */
	private static final int MAX_TARGET = 8_000;

	private static final String FUNCTION = "/rpc/dbpool_transaction";

	private static final JsonMapper JSON = new JsonMapper();

	private final List<TransactionStatement<?>> statements = new ArrayList<>();

	private final @Nullable String schema;

	private boolean open = true;

	private boolean keyed = true;

	private boolean serializable;

	private boolean readOnly;

	private boolean keyGiven;

	private @Nullable String key;

	Batch(@Nullable String schema) {
		this.schema = schema;
	}

	int add(TransactionStatement<?> statement) {
		requireOpen();
		this.statements.add(statement);
		return this.statements.size() - 1;
	}

	void requireOpen() {
		if (!this.open) {
			throw new IllegalStateException("The transaction is complete: it takes operations inside its lambda only");
		}
	}

	void idempotencyKey(String key) {
		requireOpen();
		if (key.isBlank() || key.length() > MAX_KEY) {
			throw new IllegalArgumentException(
					"An idempotency key has 1 to %d characters, and this one has %d".formatted(MAX_KEY, key.length()));
		}
		this.key = StorableText.require(key, "idempotency key", key);
		this.keyed = true;
		this.keyGiven = true;
	}

	void withoutIdempotencyKey() {
		requireOpen();
		this.key = null;
		this.keyed = false;
		this.keyGiven = false;
	}

	void serializable() {
		requireOpen();
		this.serializable = true;
	}

	void readOnly() {
		requireOpen();
		this.readOnly = true;
	}

	/**
	 * Takes no more operations, and refuses what cannot be meant.
	 */
	void complete() {
		this.open = false;
		if (this.statements.isEmpty()) {
			throw new IllegalStateException("The transaction has no operation");
		}
		if (this.statements.size() > MAX_OPERATIONS) {
			throw new IllegalStateException("A transaction has at most %d operations, and this one has %d"
				.formatted(MAX_OPERATIONS, this.statements.size()));
		}
		this.statements.forEach(TransactionStatement::validate);
		if (this.readOnly) {
			requireReadsOnly();
		}
		else if (this.key == null && this.keyed && writes()) {
			this.key = UUID.randomUUID().toString();
		}
	}

	private void requireReadsOnly() {
		if (this.serializable || this.key != null) {
			throw new IllegalStateException("A read-only transaction sees one snapshot and can be repeated as it is: "
					+ "it takes no isolation and no idempotency key");
		}
		for (TransactionStatement<?> statement : this.statements) {
			boolean call = statement instanceof CallStatement;
			if ((statement.isWrite() && !call) || statement.get("lock") != null) {
				throw new IllegalStateException(statement.describe() + " writes or locks in a read-only transaction");
			}
		}
	}

	private boolean writes() {
		return this.statements.stream().anyMatch(TransactionStatement::isWrite);
	}

	int size() {
		return this.statements.size();
	}

	/**
	 * Returns whether the application chose the key, and so may use it in another
	 * process.
	 */
	boolean hasGivenKey() {
		return this.keyGiven;
	}

	Optional<String> key() {
		return Optional.ofNullable(this.key);
	}

	PostgrestRequest toRequest() {
		List<Map<String, @Nullable Object>> ops = this.statements.stream().map(Values::encode).toList();
		if (this.readOnly) {
			return toReadRequest(ops);
		}
		String function = this.serializable ? FUNCTION + "_serializable" : FUNCTION;
		PostgrestRequest request = json(PostgrestRequest.of(HttpMethod.POST, function).withBody(body(ops)),
				"Content-Profile");
		return (this.key != null || !writes()) ? request.asIdempotent() : request;
	}

	/**
	 * Goes as GET only if each mapper writes the values alike: bodies are written by that
	 * of the client, which may be the application's.
	 */
	private PostgrestRequest toReadRequest(List<Map<String, @Nullable Object>> ops) {
		if (Values.arePlain(ops)) {
			String target = FUNCTION + "_read?ops=" + encode(json(ops)) + "&opts=" + encode(json(options()));
			if (target.length() <= MAX_TARGET) {
				return json(PostgrestRequest.of(HttpMethod.GET, target), "Accept-Profile");
			}
		}
		return json(PostgrestRequest.of(HttpMethod.POST, FUNCTION + "_read").withBody(body(ops)), "Content-Profile")
			.asIdempotent();
	}

	/**
	 * Writes bytes first, in which Jackson keeps each character.
	 */
	private static String json(Object value) {
		return StorableText.requireInJson(new String(JSON.writeValueAsBytes(value), StandardCharsets.UTF_8));
	}

	private PostgrestRequest json(PostgrestRequest request, String profile) {
		PostgrestRequest json = request.withHeader(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
		return (this.schema != null) ? json.withHeader(profile, this.schema) : json;
	}

	private Map<String, Object> body(List<Map<String, @Nullable Object>> ops) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("ops", ops);
		body.put("opts", options());
		return body;
	}

	private Map<String, Object> options() {
		Map<String, Object> options = new LinkedHashMap<>();
		options.put("version", TransactionSql.VERSION);
		if (this.key != null) {
			options.put("key", this.key);
		}
		return options;
	}

	private static String encode(String text) {
		return UriUtils.encode(text, StandardCharsets.UTF_8);
	}

}
