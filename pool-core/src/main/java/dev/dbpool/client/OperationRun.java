package dev.dbpool.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.PostgrestExchange;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One run of an operation, from a subscription to its end: the interceptors around its
 * attempts, each attempt on a lease of its own, and one record at the end. What ends it
 * is the {@link OperationEnd}.
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

	private final AtomicReference<@Nullable LeasedSubscription<?>> lastLease = new AtomicReference<>();

	private volatile boolean released;

	private volatile @Nullable OperationEnd<?> end;

	OperationRun(ClientCore core, Operation operation, IdentitySource access) {
		this.core = core;
		this.access = access;
		this.operation = operation;
		this.credentials = new Credentials(access);
		this.owner = core.owner(operation.name());
	}

	static <T> Mono<T> mono(ClientCore core, Operation operation, IdentitySource access,
			Function<PostgrestExchange, Mono<T>> work) {
		return OperationEnd.mono(() -> new OperationRun(core, operation, access), OperationEnd.Result.VALUE,
				(run) -> run.intercepted(Mono.defer(() -> run.attempt(work))));
	}

	static <T> Flux<T> flux(ClientCore core, Operation operation, IdentitySource access,
			Function<PostgrestExchange, Flux<T>> work) {
		return OperationEnd.flux(() -> new OperationRun(core, operation, access),
				(run) -> run.intercepted(Flux.defer(() -> run.attemptMany(work))));
	}

	/**
	 * Puts the interceptors around attempts, once it is known whom the operation acts as.
	 */
	<T> Mono<T> intercepted(Mono<T> attempts) {
		Mono<T> known = Mono.defer(() -> Mono.from(interceptedPublisher(attempts)));
		return this.access.isOpen() ? signedIn().then(known) : known;
	}

	private <T> Flux<T> intercepted(Flux<T> attempts) {
		Flux<T> known = Flux.defer(() -> interceptedPublisher(attempts));
		return this.access.isOpen() ? signedIn().thenMany(known) : known;
	}

	private <T> Publisher<T> interceptedPublisher(Publisher<T> attempts) {
		ServiceAudit.record(this.operation);
		return this.core.intercept(this.operation, attempts);
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
	 * Lets the operation go on until the body of its answer has ended.
	 */
	Flux<DataBuffer> body(Flux<DataBuffer> body) {
		return OperationEnd.flux(() -> this, (run) -> body);
	}

	/**
	 * Sets what gives the subscriber the end of the operation.
	 */
	void endsWith(OperationEnd<?> end) {
		this.end = end;
	}

	@Nullable OperationEnd<?> endsWith() {
		return this.end;
	}

	/**
	 * Returns the time until the deadline, if there is one.
	 */
	Optional<Duration> remaining() {
		return this.operation.deadline().map((deadline) -> deadline.minus(elapsed()));
	}

	/**
	 * Notes a lease of the operation, so that it ends with it.
	 * @return {@code false} if the operation has ended
	 */
	boolean begins(LeasedSubscription<?> lease) {
		do {
			lease.previous = this.lastLease.get();
		}
		while (!this.lastLease.compareAndSet(lease.previous, lease));
		return !this.released;
	}

	/**
	 * Gives back what leases there are, though the steps of the operation may ignore that
	 * they were cancelled.
	 */
	void release() {
		this.released = true;
		for (LeasedSubscription<?> lease = this.lastLease.get(); lease != null; lease = lease.previous) {
			lease.giveUp();
		}
	}

	/**
	 * Ends the operation from outside of its steps: its lease was revoked, or a step has
	 * thrown an error of the JVM.
	 */
	void fail(Throwable thrown) {
		noteUnknownOutcome();
		Throwable failure = PoolExceptionTranslator.translate(thrown);
		OperationEnd<?> present = this.end;
		if (present == null || !present.fail(failure)) {
			release();
			failed(described(failure));
		}
	}

	Credentials credentials() {
		return this.credentials;
	}

	private <T> Mono<T> attempt(Function<PostgrestExchange, Mono<T>> work) {
		return this.credentials.mono((identity) -> leased(next(identity), work));
	}

	private <T> Mono<T> leased(Attempt attempt, Function<PostgrestExchange, Mono<T>> work) {
		AttemptEffects effects = newEffects();
		return LeaseSubscription.mono(this, attempt, (lease) -> work.apply(exchange(lease, attempt, effects)))
			.onErrorResume((failure) -> moves(attempt, failure, effects) ? leased(attempt, work)
					: Mono.error(failed(failure, attempt, effects, effects.mayBeRepeated())));
	}

	private <T> Flux<T> attemptMany(Function<PostgrestExchange, Flux<T>> work) {
		return this.credentials.flux((identity) -> leasedMany(next(identity), work));
	}

	private <T> Flux<T> leasedMany(Attempt attempt, Function<PostgrestExchange, Flux<T>> work) {
		AttemptEffects effects = newEffects();
		AtomicBoolean emitted = new AtomicBoolean();
		return LeaseSubscription.flux(this, attempt, (lease) -> work.apply(exchange(lease, attempt, effects)))
			.doOnNext((item) -> emitted.lazySet(true))
			.onErrorResume((failure) -> (!emitted.get() && moves(attempt, failure, effects)) ? leasedMany(attempt, work)
					: Mono.error(failed(failure, attempt, effects, effects.mayBeRepeated() && !emitted.get())));
	}

	private Attempt next(HttpHeaders identity) {
		int number = this.attempts.incrementAndGet();
		return new Attempt(number, this.core.headersOf(number, identity));
	}

	/**
	 * Returns whether an attempt whose connection was closed before a request of it was
	 * sent goes on with another one, as if the first had never been leased: without
	 * back-off, and unknown to interceptors. Each connection can fail it once. What
	 * earlier requests of the attempt have read may be read again; what they have written
	 * may not.
	 */
	private boolean moves(Attempt attempt, Throwable failure, AttemptEffects effects) {
		return PoolExceptionTranslator.isUnsent(failure) && !effects.mayHaveWritten()
				&& attempt.move(pool().snapshot().max());
	}

	Lane lane() {
		return this.operation.lane();
	}

	/**
	 * Makes one attempt of an exchange that is not ours to understand.
	 */
	Mono<ClientHttpResponse> send(HttpHeaders identity, OutgoingRequest exchange) {
		return send(new Attempt(this.attempts.incrementAndGet(), identity), exchange);
	}

	private Mono<ClientHttpResponse> send(Attempt attempt, OutgoingRequest exchange) {
		AttemptEffects effects = newEffects();
		return ExchangeSubscription.on(this, attempt, (connection) -> {
			connection.http().responseTimeout(this.operation.requestTimeout().orElse(null));
			return exchange.send(connection.http().clientConnector(), attempt.headers(), effects);
		})
			.onErrorResume(
					(failure) -> (effects.mayBeRepeated() && moves(attempt, failure, effects)) ? send(attempt, exchange)
							: Mono.error(failed(failure, attempt, effects, exchange.isSafe() || !effects.hasBegun())));
	}

	private AttemptEffects newEffects() {
		AttemptEffects effects = new AttemptEffects();
		this.lastEffects = effects;
		return effects;
	}

	private AttemptExchange exchange(Lease<ClientConnection> lease, Attempt attempt, AttemptEffects effects) {
		return new AttemptExchange(lease, this.operation, attempt.headers(), effects);
	}

	ConnectionPool<ClientConnection> pool() {
		return this.core.pool(this.operation.lane());
	}

	LeaseOwner owner() {
		return this.owner;
	}

	private AttemptFailedException failed(Throwable thrown, Attempt attempt, AttemptEffects effects,
			boolean repeatable) {
		Failure failure = PoolExceptionTranslator.classify(thrown);
		if (effects.mayHaveWritten() || (effects.hasBegun() && failure.mayHaveRun())) {
			this.mayHaveRun = true;
		}
		return new AttemptFailedException(PoolExceptionTranslator.translate(thrown), failure, attempt.number(),
				repeatable);
	}

	private void noteUnknownOutcome() {
		AttemptEffects effects = this.lastEffects;
		if (effects != null && effects.hasBegun()) {
			this.mayHaveRun = true;
		}
	}

	QueryTimeoutException pastDeadline() {
		noteUnknownOutcome();
		return new QueryTimeoutException(
				"%s did not end within its deadline of %d ms (attempt %d). Its last statement %s. Set another deadline with within(…), or %s for all operations"
					.formatted(this.operation.name(), this.operation.deadline().orElse(Duration.ZERO).toMillis(),
							this.attempts.get(), this.mayHaveRun ? "may still have run" : "was not sent",
							this.core.settings().of("operationTimeout", "operation-timeout")));
	}

	/**
	 * Takes off what is for interceptors only, and adds what the operation was. An error
	 * of the JVM becomes the cause of an exception, since Reactor's operators pass no
	 * such error on.
	 */
	Throwable described(Throwable failure) {
		Throwable thrown = (failure instanceof AttemptFailedException ex && ex.getCause() != null) ? ex.getCause()
				: failure;
		Throwable described = Exceptions.isFatal(thrown) ? new NonTransientDataAccessResourceException(
				"%s was ended by %s. The cause says where it was thrown".formatted(this.operation.name(), thrown),
				thrown) : thrown;
		OperationFailure.addTo(described, this.operation, this.attempts.get(), this.mayHaveRun);
		return described;
	}

	void succeeded() {
		end(Result.SUCCESS, null);
	}

	void failed(Throwable failure) {
		end(Result.FAILURE, failure);
	}

	void cancelled() {
		end(Result.CANCELLED, null);
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
