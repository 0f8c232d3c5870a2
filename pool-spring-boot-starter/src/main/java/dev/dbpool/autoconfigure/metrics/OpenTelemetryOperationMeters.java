package dev.dbpool.autoconfigure.metrics;

import java.net.URI;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The metric {@code db.client.operation.duration} of OpenTelemetry's semantic conventions
 * for database clients, version 1.44. Attributes that do not apply are {@code none},
 * since a meter of Micrometer has the same tags in any case.
 */
final class OpenTelemetryOperationMeters implements OperationListener {

	private static final int MOST_NAMES = 200;

	private static final int MOST_CODES = 100;

	private static final String NONE = "none";

	private static final String PROCEDURE = "/rpc/";

	/** The boundaries that the conventions suggest. */
	private static final Duration[] BOUNDARIES = Stream.of(1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000)
		.map(Duration::ofMillis)
		.toArray(Duration[]::new);

	private final MeterRegistry registry;

	private final DatabasePools pools;

	private final BoundedNames names = new BoundedNames(MOST_NAMES, (name) -> {
	});

	private final BoundedNames codes = new BoundedNames(MOST_CODES, (code) -> {
	});

	private final FailureTags failures = new FailureTags();

	private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

	OpenTelemetryOperationMeters(MeterRegistry registry, DatabasePools pools) {
		this.registry = registry;
		this.pools = pools;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		Operation operation = outcome.operation();
		if (!isEnabled(operation.pool())) {
			return;
		}
		Throwable failure = outcome.failure();
		Key key = new Key(operation.pool(), this.names.of(operation.name()),
				this.names.of(operation.statement().orElse(NONE)), (failure != null) ? code(failure) : NONE,
				(failure != null) ? errorType(failure) : NONE);
		Timer known = this.timers.get(key);
		((known != null) ? known : this.timers.computeIfAbsent(key, this::timer)).record(outcome.duration());
	}

	private boolean isEnabled(String pool) {
		return this.pools.properties(pool).enableMetrics() && this.pools.properties(pool).enableOpentelemetryMetrics();
	}

	private String code(Throwable failure) {
		return OperationFailure.in(failure).flatMap((found) -> found.error().code()).map(this.codes::of).orElse(NONE);
	}

	/**
	 * Returns the code of the answer, or without one the kind of the failure.
	 */
	private String errorType(Throwable failure) {
		String code = code(failure);
		return code.equals(NONE) ? this.failures.kind(failure) : code;
	}

	private Timer timer(Key key) {
		return Timer.builder("db.client.operation.duration")
			.description("Duration of database client operations")
			.serviceLevelObjectives(BOUNDARIES)
			.tags(server(key.pool()))
			.tags(statement(key.statement()))
			.tags("db.system.name", "postgresql", "db.query.summary", key.name(), "db.response.status_code", key.code(),
					"error.type", key.errorType(), "db.client.connection.pool.name", key.pool())
			.register(this.registry);
	}

	private Tags server(String pool) {
		URI url = this.pools.all()
			.stream()
			.filter((one) -> one.name().equals(pool))
			.findFirst()
			.map(DatabasePool::client)
			.map((client) -> client.restRoot())
			.orElse(null);
		return Tags.of("server.address", (url != null) ? url.getHost() : NONE, "server.port", port(url));
	}

	private static String port(@Nullable URI url) {
		if (url == null) {
			return NONE;
		}
		int standard = url.getScheme().equals("https") ? 443 : 80;
		return String.valueOf((url.getPort() != -1) ? url.getPort() : standard);
	}

	/**
	 * Returns what a single statement does to which table or function.
	 * @param statement its method and path, such as {@code GET /cars}
	 */
	private static Tags statement(String statement) {
		int blank = statement.indexOf(' ');
		if (blank == -1) {
			return Tags.of("db.operation.name", NONE, "db.collection.name", NONE, "db.stored_procedure.name", NONE);
		}
		String path = statement.substring(blank + 1);
		if (path.startsWith(PROCEDURE)) {
			return Tags.of("db.operation.name", "CALL", "db.collection.name", NONE, "db.stored_procedure.name",
					path.substring(PROCEDURE.length()));
		}
		return Tags.of("db.operation.name", verb(statement.substring(0, blank)), "db.collection.name",
				path.substring(1), "db.stored_procedure.name", NONE);
	}

	private static String verb(String method) {
		return switch (method) {
			case "GET", "HEAD" -> "SELECT";
			case "POST" -> "INSERT";
			case "PATCH" -> "UPDATE";
			case "PUT" -> "UPSERT";
			default -> method;
		};
	}

	private record Key(String pool, String name, String statement, String code, String errorType) {

		/**
		 * Written out, since it is called for each operation and the generated one is
		 * slow.
		 */
		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Key key && this.name.equals(key.name) && this.statement.equals(key.statement)
					&& this.pool.equals(key.pool) && this.code.equals(key.code) && this.errorType.equals(key.errorType);
		}

		@Override
		public int hashCode() {
			return 31 * this.name.hashCode() + this.statement.hashCode();
		}

	}

}
