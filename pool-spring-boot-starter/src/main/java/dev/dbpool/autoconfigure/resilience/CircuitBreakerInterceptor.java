package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;

import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.pool.PoolOptions;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.reactivestreams.Publisher;
import reactor.core.observability.DefaultSignalListener;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Asks the circuit breaker of the pool before each attempt. An attempt that it does not
 * let through waits for it, before it queues for a connection: no longer than it may wait
 * for a connection, nor past the deadline of its operation. It is rejected immediately if
 * its operation is not repeated, if that wait ends before the next trial, or if too many
 * wait already. A write waits like a read, since nothing of it was sent. A cancelled
 * attempt counts neither way. One that begins on a read replica is let through and does
 * not count, since the breaker judges the primary.
 */
final class CircuitBreakerInterceptor implements OperationInterceptor {

	private final DatabasePoolCircuitBreakers breakers;

	private final Function<Operation, Optional<PoolOptions>> lanes;

	private final Mono<Void> closing;

	/**
	 * Creates an interceptor.
	 * @param breakers the breaker of each pool
	 * @param lanes the options of the lane of an operation that may wait; nothing if it
	 * may not
	 * @param closing completes when the pools close, so that no attempt waits any more
	 */
	CircuitBreakerInterceptor(DatabasePoolCircuitBreakers breakers, Function<Operation, Optional<PoolOptions>> lanes,
			Mono<Void> closing) {
		this.breakers = breakers;
		this.lanes = lanes;
		this.closing = closing;
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		DatabasePoolCircuitBreaker breaker = this.breakers.of(operation.pool());
		long begun = breaker.now();
		if (attempt instanceof Mono<T> mono) {
			return Mono.defer(() -> permitted(new Call(breaker, operation, begun), mono));
		}
		Flux<T> flux = Flux.from(attempt);
		return Flux.defer(() -> permitted(new Call(breaker, operation, begun), flux));
	}

	private <T> Mono<T> permitted(Call call, Mono<T> attempt) {
		if (call.isElsewhere()) {
			return attempt;
		}
		return call.tryAcquirePermission() ? attempt.tap(() -> new Recorder<>(call.breaker, true))
				: waits(call).then(Mono.defer(() -> permitted(call, attempt)));
	}

	private <T> Flux<T> permitted(Call call, Flux<T> attempt) {
		if (call.isElsewhere()) {
			return attempt;
		}
		return call.tryAcquirePermission() ? attempt.tap(() -> new Recorder<>(call.breaker, false))
				: waits(call).thenMany(Flux.defer(() -> permitted(call, attempt)));
	}

	private Mono<Void> waits(Call call) {
		return Mono.firstWithSignal(call.waits(this.lanes),
				this.closing.then(Mono.error(() -> call.breaker.refusal(". The pool is closing"))));
	}

	/**
	 * One attempt until it is let through. It knows in which state of the breaker it was
	 * not, so that it notices a change before it waits.
	 */
	private static final class Call {

		private final DatabasePoolCircuitBreaker breaker;

		private final Operation operation;

		private final long operationBegun;

		private volatile State refusedIn = State.CLOSED;

		private final long begun;

		Call(DatabasePoolCircuitBreaker breaker, Operation operation, long operationBegun) {
			this.breaker = breaker;
			this.operation = operation;
			this.operationBegun = operationBegun;
			this.begun = breaker.now();
		}

		/**
		 * Returns whether a read replica serves the attempt. One that was opened manually
		 * lets nothing through.
		 */
		boolean isElsewhere() {
			return this.breaker.state() != State.FORCED_OPEN && this.operation.tryReplica();
		}

		boolean tryAcquirePermission() {
			this.refusedIn = this.breaker.state();
			return this.breaker.delegate().tryAcquirePermission();
		}

		Mono<Void> waits(Function<Operation, Optional<PoolOptions>> lanes) {
			return lanes.apply(this.operation)
				.map((lane) -> this.breaker.whenLetThrough(this.refusedIn, this.operation.lane(),
						until(lane.acquireTimeout()), lane.maxPending()))
				.orElseGet(() -> Mono.error(this.breaker.refusal("")));
		}

		private long until(Duration acquireTimeout) {
			long until = this.begun + acquireTimeout.toNanos();
			return this.operation.deadline()
				.map((deadline) -> this.operationBegun + deadline.toNanos())
				.filter((end) -> end - until < 0)
				.orElse(until);
		}

	}

	/**
	 * Records how an attempt ends. An answer of a gateway that an application has to
	 * judge itself counts neither way. A stream that is a trial call succeeds with its
	 * first element: it may last for hours, and hold the trial for as long.
	 */
	private static final class Recorder<T> extends DefaultSignalListener<T> {

		@SuppressWarnings("rawtypes")
		private static final AtomicIntegerFieldUpdater<Recorder> ENDED = AtomicIntegerFieldUpdater
			.newUpdater(Recorder.class, "ended");

		private final DatabasePoolCircuitBreaker breaker;

		private final boolean singleValue;

		private final boolean trial;

		private final long begun;

		private volatile boolean answered;

		private volatile boolean failing;

		private volatile int ended;

		Recorder(DatabasePoolCircuitBreaker breaker, boolean singleValue) {
			this.breaker = breaker;
			this.singleValue = singleValue;
			this.trial = breaker.state() == State.HALF_OPEN;
			this.begun = breaker.now();
		}

		@Override
		public void doOnNext(T item) {
			if (!this.answered) {
				this.answered = true;
				this.failing = item instanceof ClientHttpResponse answer && isServerError(answer);
				if (this.singleValue || this.trial) {
					doOnComplete();
				}
				else {
					this.breaker.begins();
				}
			}
		}

		private static boolean isServerError(ClientHttpResponse answer) {
			return answer.getStatusCode().is5xxServerError();
		}

		@Override
		public void doOnComplete() {
			ended(!this.failing);
		}

		@Override
		public void doOnCancel() {
			ended(this.answered && !this.failing);
		}

		private void ended(boolean success) {
			if (!ENDED.compareAndSet(this, 0, 1)) {
				return;
			}
			if (success) {
				this.breaker.succeeded(this.begun, this.trial);
			}
			else {
				this.breaker.abandoned(this.trial);
			}
		}

		@Override
		public void doOnError(Throwable failure) {
			if (ENDED.compareAndSet(this, 0, 1)) {
				this.breaker.failed(failure, this.begun, this.trial);
			}
		}

	}

}
