package dev.dbpool.client;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.dbpool.client.DefaultPooledClient.Settings;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.TransportExceptionTranslator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.QueryTimeoutException;

/**
 * Reads of a view by requests that callers of the same identity and with the same
 * settings share: rows that are read in batches, and identical requests. Each request is
 * an operation.
 */
final class SharedReads {

	private final DefaultPooledClient view;

	private final ClientCore core;

	private final Settings settings;

	SharedReads(DefaultPooledClient view, ClientCore core, Settings settings) {
		this.view = view;
		this.core = core;
		this.settings = settings;
	}

	/**
	 * Reads a row together with the rows that others read.
	 */
	<T> Mono<T> batched(String table, Class<T> type, EntityKey key, Object id) {
		if (!key.isBatchable(id)) {
			return this.view.get(table, type, key, id);
		}
		Operation operation = this.view.bounded((this.settings.name() != null) ? this.settings.name() : "GET /" + table,
				Lane.READ);
		Mono<T> found = identified((identity) -> loader(identity, operation, table, type, key).load(id),
				() -> this.view.get(table, type, key, id));
		return this.settings.credentials().knownIdentity().isPresent() ? found : within(operation, found,
				() -> new TableReads<>(this.view, operation, table, type, key).pastDeadline());
	}

	private <T> BatchLoader<T> loader(Identity identity, Operation operation, String table, Class<T> type,
			EntityKey key) {
		BatchKey batch = new BatchKey(identity.kind(), identity.token(), withoutIdentity(), table, type, key.columns());
		return this.core.loader(batch,
				() -> new TableReads<>(as(identity), operation.as(identity.kind()), table, type, key));
	}

	/**
	 * Reads the answer to a request together with callers that send the same. Each caller
	 * decodes it for itself.
	 */
	<T> Mono<T> coalesced(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		Operation operation = this.view.bounded(this.view.name(request), Lane.READ);
		Mono<T> read = identified((identity) -> answer(identity, operation, request).flatMap((answer) -> {
			Mono<T> decoded = Mono.fromSupplier(() -> answer.read(Preferences.NONE, reader))
				.onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure))
				.doOnError(
						(failure) -> OperationFailure.addTo(failure, operation, 1, Failure.of(failure).mayHaveRun()));
			return answer.isLong() ? decoded.subscribeOn(Schedulers.parallel()) : decoded;
		}), () -> this.view.with(this.settings.coalescing(false)).statements().mono(request, reader));
		return within(operation, read, () -> pastDeadline(this.core.settings(), operation, ""))
			.doOnError((failure) -> OperationFailure.addTo(failure, operation, 0, false));
	}

	/**
	 * Returns an answer that callers share. Its exchange has no deadline, since each
	 * caller has its own.
	 */
	private Mono<Answer> answer(Identity identity, Operation operation, PostgrestRequest request) {
		FlightKey key = new FlightKey(identity.kind(), identity.token(), withoutIdentity(), request.target(),
				request.fields());
		Operation exchange = new Operation(operation.pool(), operation.name(), Lane.READ, identity.kind(),
				this.settings.limits().withoutDeadline());
		return this.core.flights()
			.join(key, as(identity).value(exchange, (connection) -> connection.mono(request, (answer) -> answer)),
					(callers) -> this.core.notifyCoalesced(exchange, callers))
			.onErrorMap(OperationFailure::forOneCaller);
	}

	/**
	 * Reads by a request that callers of the same identity share. One whose token is
	 * refused reads alone, with another token.
	 */
	private <T> Mono<T> identified(Function<Identity, Mono<T>> shared, Supplier<Mono<T>> alone) {
		Optional<Identity> known = this.settings.credentials().knownIdentity();
		if (known.isPresent()) {
			return Mono.defer(() -> shared.apply(known.get()));
		}
		return this.settings.credentials()
			.signedIn()
			.flatMap((credentials) -> credentials.token().thenReturn(credentials))
			.flatMap((credentials) -> shared.apply(credentials.identity()))
			.onErrorResume((failure) -> Failure.of(failure).kind() == Failure.Kind.AUTHENTICATION,
					(refused) -> alone.get());
	}

	private DefaultPooledClient as(Identity identity) {
		return this.view.with(this.settings.as(Credentials.of(this.core.keys(), identity)));
	}

	private Settings withoutIdentity() {
		return this.settings.as(this.core.defaultCredentials());
	}

	private static <T> Mono<T> within(Operation operation, Mono<T> shared, Supplier<Throwable> pastDeadline) {
		return operation.deadline()
			.map((deadline) -> shared.timeout(deadline, Mono.error(pastDeadline)))
			.orElse(shared);
	}

	/**
	 * Makes the failure of a caller whose deadline has passed before a shared request has
	 * ended.
	 * @param reason why that may be, or empty
	 */
	static QueryTimeoutException pastDeadline(SettingNames settings, Operation operation, String reason) {
		QueryTimeoutException failure = new QueryTimeoutException(
				"%s did not end within its deadline of %d ms%s. Set another deadline with within(…), or %s for all operations"
					.formatted(operation.name(), operation.deadline().orElseThrow().toMillis(), reason,
							settings.of("operationTimeout", "operation-timeout")));
		OperationFailure.addTo(failure, operation, 0, false);
		return failure;
	}

	/**
	 * What reads have in common that are sent in one request.
	 *
	 * @param settings the settings of the view, except for its identity
	 */
	private record BatchKey(Identity.Kind identity, String token, Settings settings, String table, Class<?> type,
			List<String> columns) {

	}

	/**
	 * What reads have in common that share an exchange.
	 *
	 * @param settings the settings of the view, except for its identity
	 */
	private record FlightKey(Identity.Kind identity, String token, Settings settings, String target,
			RequestHeaders fields) {

	}

}
