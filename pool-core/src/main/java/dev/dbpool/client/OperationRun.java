package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.postgrest.PostgrestExchange;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;

/**
 * One run of an operation, from a subscription to its end: the interceptors around its
 * attempts, each attempt on a lease of its own, the deadline around all, and one record
 * at the end.
 */
final class OperationRun {

	private final Operation operation;

	private final ClientCore core;

	private final HttpHeaders identity;

	private final LeaseOwner owner;

	private final long startedAt = System.nanoTime();

	private final AtomicInteger attempts = new AtomicInteger();

	private final AtomicBoolean ended = new AtomicBoolean();

	private OperationRun(ClientCore core, Operation operation, HttpHeaders identity) {
		this.core = core;
		this.operation = operation;
		this.identity = identity;
		this.owner = core.owner(operation.name());
	}

	static <T> Mono<T> mono(ClientCore core, Operation operation, HttpHeaders identity,
			Function<PostgrestExchange, Mono<T>> work) {
		return Mono.defer(() -> {
			OperationRun run = new OperationRun(core, operation, identity);
			Mono<T> result = Mono.defer(() -> Mono.from(run.intercepted(Mono.defer(() -> run.attempt(work)))));
			Duration deadline = operation.deadline().orElse(null);
			if (deadline != null) {
				result = result.timeout(deadline, Mono.error(() -> run.pastDeadline(deadline)));
			}
			return result.onErrorMap(OperationRun::unwrap)
				.doOnSuccess((value) -> run.end(Result.SUCCESS, null))
				.doOnError((failure) -> run.end(Result.FAILURE, failure))
				.doOnCancel(() -> run.end(Result.CANCELLED, null));
		});
	}

	static <T> Flux<T> flux(ClientCore core, Operation operation, HttpHeaders identity,
			Function<PostgrestExchange, Flux<T>> work) {
		return Flux.defer(() -> {
			OperationRun run = new OperationRun(core, operation, identity);
			Flux<T> result = Flux.defer(() -> run.intercepted(Flux.defer(() -> run.attemptMany(work))));
			Duration deadline = operation.deadline().orElse(null);
			if (deadline != null) {
				result = result.takeUntilOther(Mono.delay(deadline).then(Mono.error(() -> run.pastDeadline(deadline))));
			}
			return result.onErrorMap(OperationRun::unwrap)
				.doOnComplete(() -> run.end(Result.SUCCESS, null))
				.doOnError((failure) -> run.end(Result.FAILURE, failure))
				.doOnCancel(() -> run.end(Result.CANCELLED, null));
		});
	}

	private <T> Publisher<T> intercepted(Publisher<T> attempts) {
		ServiceAudit.record(this.operation);
		return this.core.intercept(this.operation, attempts);
	}

	private <T> Mono<T> attempt(Function<PostgrestExchange, Mono<T>> work) {
		int number = this.attempts.incrementAndGet();
		AtomicInteger unrepeatable = new AtomicInteger();
		return Leased
			.mono(pool(), this.owner, (Lease<ClientConnection> lease) -> work.apply(exchange(lease, unrepeatable)))
			.onErrorMap((failure) -> failed(failure, number, unrepeatable.get() == 0));
	}

	private <T> Flux<T> attemptMany(Function<PostgrestExchange, Flux<T>> work) {
		int number = this.attempts.incrementAndGet();
		AtomicInteger unrepeatable = new AtomicInteger();
		AtomicBoolean emitted = new AtomicBoolean();
		return Leased
			.flux(pool(), this.owner, (Lease<ClientConnection> lease) -> work.apply(exchange(lease, unrepeatable)))
			.doOnNext((item) -> emitted.lazySet(true))
			.onErrorMap((failure) -> failed(failure, number, unrepeatable.get() == 0 && !emitted.get()));
	}

	private AttemptExchange exchange(Lease<ClientConnection> lease, AtomicInteger unrepeatable) {
		return new AttemptExchange(lease, this.operation.lane(), this.identity, unrepeatable);
	}

	private ConnectionPool<ClientConnection> pool() {
		return this.core.pool(this.operation.lane());
	}

	private static AttemptFailedException failed(Throwable failure, int attempt, boolean repeatable) {
		return new AttemptFailedException(PoolFailures.translate(failure), PoolFailures.classify(failure), attempt,
				repeatable);
	}

	private QueryTimeoutException pastDeadline(Duration deadline) {
		return new QueryTimeoutException(
				"%s did not end within its deadline of %d ms (attempt %d). Its last statement may still have run"
					.formatted(this.operation.name(), deadline.toMillis(), this.attempts.get()));
	}

	private static Throwable unwrap(Throwable failure) {
		return (failure instanceof AttemptFailedException ex && ex.getCause() != null) ? ex.getCause() : failure;
	}

	private void end(Result result, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			this.core.tellEnd(new OperationOutcome(this.operation, result, this.attempts.get(),
					Duration.ofNanos(System.nanoTime() - this.startedAt), failure));
		}
	}

}
