package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.PostgrestExchange;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One run of an operation, from a subscription to its end: the interceptors around its
 * attempts, each attempt on a lease of its own, the deadline around all, and one record
 * at the end.
 */
final class OperationRun {

	private final ClientCore core;

	private final IdentitySource access;

	private volatile Operation operation;

	private volatile Credentials credentials;

	private final LeaseOwner owner;

	private final long startedAt = System.nanoTime();

	private final AtomicInteger attempts = new AtomicInteger();

	private final AtomicBoolean ended = new AtomicBoolean();

	private volatile @Nullable AttemptEffects lastEffects;

	private volatile boolean mayHaveRun;

	OperationRun(ClientCore core, Operation operation, IdentitySource access) {
		this.core = core;
		this.access = access;
		this.operation = operation;
		this.credentials = new Credentials(access);
		this.owner = core.owner(operation.name());
	}

	static <T> Mono<T> mono(ClientCore core, Operation operation, IdentitySource access,
			Function<PostgrestExchange, Mono<T>> work) {
		return Mono.defer(() -> {
			OperationRun run = new OperationRun(core, operation, access);
			return run.guarded(Mono.defer(() -> run.attempt(work)))
				.doOnSuccess((value) -> run.end(Result.SUCCESS, null));
		});
	}

	/**
	 * Puts the interceptors, the deadline and the record of a failure around attempts.
	 */
	<T> Mono<T> guarded(Mono<T> attempts) {
		Mono<T> known = Mono.defer(() -> Mono.from(intercepted(attempts)));
		Mono<T> result = this.access.isOpen() ? signedIn().then(known) : known;
		Duration deadline = this.operation.deadline().orElse(null);
		if (deadline != null) {
			result = result.timeout(deadline, Mono.error(this::pastDeadline));
		}
		return result.onErrorMap(this::described)
			.doOnError((failure) -> end(Result.FAILURE, failure))
			.doOnCancel(() -> end(Result.CANCELLED, null));
	}

	static <T> Flux<T> flux(ClientCore core, Operation operation, IdentitySource access,
			Function<PostgrestExchange, Flux<T>> work) {
		return Flux.defer(() -> {
			OperationRun run = new OperationRun(core, operation, access);
			Flux<T> known = Flux.defer(() -> run.intercepted(Flux.defer(() -> run.attemptMany(work))));
			return run.recorded(access.isOpen() ? run.signedIn().thenMany(known) : known);
		});
	}

	/**
	 * Finds out whom the operation acts as, before anything else sees it.
	 */
	private Mono<Void> signedIn() {
		return this.access.signedIn().doOnNext((found) -> {
			this.operation = this.operation.as(found.kind());
			this.credentials = new Credentials(found);
		}).then();
	}

	/**
	 * Ends the operation with the end of its elements, or at its deadline.
	 */
	<T> Flux<T> recorded(Flux<T> elements) {
		Duration deadline = this.operation.deadline().orElse(null);
		Flux<T> result = (deadline != null)
				? elements.takeUntilOther(Mono.delay(deadline.minus(elapsed())).then(Mono.error(this::pastDeadline)))
				: elements;
		return result.onErrorMap(this::described)
			.doOnComplete(() -> end(Result.SUCCESS, null))
			.doOnError((failure) -> end(Result.FAILURE, failure))
			.doOnCancel(() -> end(Result.CANCELLED, null));
	}

	Credentials credentials() {
		return this.credentials;
	}

	private <T> Publisher<T> intercepted(Publisher<T> attempts) {
		ServiceAudit.record(this.operation);
		return this.core.intercept(this.operation, attempts);
	}

	private <T> Mono<T> attempt(Function<PostgrestExchange, Mono<T>> work) {
		return this.credentials.mono((identity) -> leased(identity, work));
	}

	private <T> Mono<T> leased(HttpHeaders identity, Function<PostgrestExchange, Mono<T>> work) {
		int number = this.attempts.incrementAndGet();
		return leased(this.core.headersOf(number, identity), work, number, 0);
	}

	private <T> Mono<T> leased(HttpHeaders identity, Function<PostgrestExchange, Mono<T>> work, int number, int moves) {
		AttemptEffects effects = newEffects();
		return Leased
			.mono(pool(), this.owner, (Lease<ClientConnection> lease) -> work.apply(exchange(lease, identity, effects)))
			.onErrorResume((failure) -> mayMove(failure, effects, moves) ? leased(identity, work, number, moves + 1)
					: Mono.error(failed(failure, number, effects, effects.mayBeRepeated())));
	}

	/**
	 * Returns whether an attempt whose connection was closed before a request of it was
	 * sent goes on with another one, as if the first had never been leased: without
	 * back-off, and unknown to interceptors. Each connection can fail it once. What
	 * earlier requests of the attempt have read may be read again; what they have written
	 * may not.
	 */
	private boolean mayMove(Throwable failure, AttemptEffects effects, int moves) {
		return PoolFailures.isUnsent(failure) && !effects.mayHaveWritten() && moves < pool().snapshot().max();
	}

	private <T> Flux<T> attemptMany(Function<PostgrestExchange, Flux<T>> work) {
		return this.credentials.flux((identity) -> leasedMany(identity, work));
	}

	private <T> Flux<T> leasedMany(HttpHeaders identity, Function<PostgrestExchange, Flux<T>> work) {
		int number = this.attempts.incrementAndGet();
		return leasedMany(this.core.headersOf(number, identity), work, number, 0);
	}

	private <T> Flux<T> leasedMany(HttpHeaders identity, Function<PostgrestExchange, Flux<T>> work, int number,
			int moves) {
		AttemptEffects effects = newEffects();
		AtomicBoolean emitted = new AtomicBoolean();
		return Leased
			.flux(pool(), this.owner, (Lease<ClientConnection> lease) -> work.apply(exchange(lease, identity, effects)))
			.doOnNext((item) -> emitted.lazySet(true))
			.onErrorResume((failure) -> (!emitted.get() && mayMove(failure, effects, moves))
					? leasedMany(identity, work, number, moves + 1)
					: Mono.error(failed(failure, number, effects, effects.mayBeRepeated() && !emitted.get())));
	}

	Lane lane() {
		return this.operation.lane();
	}

	/**
	 * Makes one attempt of an exchange that is not ours to understand.
	 */
	Mono<ClientHttpResponse> send(HttpHeaders identity, OutgoingRequest exchange) {
		return send(identity, exchange, this.attempts.incrementAndGet(), 0);
	}

	private Mono<ClientHttpResponse> send(HttpHeaders identity, OutgoingRequest exchange, int number, int moves) {
		AttemptEffects effects = newEffects();
		return ExchangeSubscription.on(pool(), this.owner, (connection) -> {
			connection.http().responseTimeout(this.operation.requestTimeout().orElse(null));
			return exchange.send(connection.http().clientConnector(), identity, effects);
		})
			.onErrorResume((failure) -> (effects.mayBeRepeated() && mayMove(failure, effects, moves))
					? send(identity, exchange, number, moves + 1)
					: Mono.error(failed(failure, number, effects, exchange.isSafe() || !effects.hasBegun())));
	}

	private AttemptEffects newEffects() {
		AttemptEffects effects = new AttemptEffects();
		this.lastEffects = effects;
		return effects;
	}

	private AttemptExchange exchange(Lease<ClientConnection> lease, HttpHeaders identity, AttemptEffects effects) {
		return new AttemptExchange(lease, this.operation, identity, effects);
	}

	private ConnectionPool<ClientConnection> pool() {
		return this.core.pool(this.operation.lane());
	}

	private AttemptFailedException failed(Throwable thrown, int attempt, AttemptEffects effects, boolean repeatable) {
		Failure failure = PoolFailures.classify(thrown);
		if (effects.mayHaveWritten() || (effects.hasBegun() && failure.mayHaveRun())) {
			this.mayHaveRun = true;
		}
		return new AttemptFailedException(PoolFailures.translate(thrown), failure, attempt, repeatable);
	}

	private QueryTimeoutException pastDeadline() {
		AttemptEffects effects = this.lastEffects;
		if (effects != null && effects.hasBegun()) {
			this.mayHaveRun = true;
		}
		return new QueryTimeoutException(
				"%s did not end within its deadline of %d ms (attempt %d). Its last statement %s. Set another deadline with within(…), or %s for all operations"
					.formatted(this.operation.name(), this.operation.deadline().orElse(Duration.ZERO).toMillis(),
							this.attempts.get(), this.mayHaveRun ? "may still have run" : "was not sent",
							this.core.settings().of("operationTimeout", "operation-timeout")));
	}

	/**
	 * Takes off what is for interceptors only, and adds what the operation was.
	 */
	private Throwable described(Throwable failure) {
		Throwable thrown = (failure instanceof AttemptFailedException ex && ex.getCause() != null) ? ex.getCause()
				: failure;
		OperationFailure.addTo(thrown, this.operation, this.attempts.get(), this.mayHaveRun);
		return thrown;
	}

	private void end(Result result, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			this.core.notifyEnd(new OperationOutcome(this.operation, result, this.attempts.get(), elapsed(), failure));
		}
	}

	private Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startedAt);
	}

}
