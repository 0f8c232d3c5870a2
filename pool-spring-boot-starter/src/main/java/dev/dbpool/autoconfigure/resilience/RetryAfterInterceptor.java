package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.pool.PoolOptions;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Sends no attempt of an operation before the time that the server named when it refused
 * one with status 429 and {@code Retry-After}. Attempts that come in that time wait,
 * before they queue for a connection: no longer than they may wait for a connection, nor
 * past the deadline of their operation. One that may not wait so long, or not at all, is
 * rejected immediately. A hold concerns the operations of the same pool, name and kind of
 * identity, since a server may limit one of them alone. It is no longer than a minute.
 */
final class RetryAfterInterceptor implements OperationInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(RetryAfterInterceptor.class);

	private static final Duration LONGEST = Duration.ofMinutes(1);

	private final Map<Scope, RetryAfterHold> holds = new ConcurrentHashMap<>();

	private final Function<Operation, Optional<PoolOptions>> lanes;

	private final Scheduler scheduler;

	private final Mono<Void> closing;

	/**
	 * Creates an interceptor.
	 * @param lanes the options of the lane of an operation that may wait; nothing if it
	 * may not
	 * @param scheduler the clock
	 * @param closing completes when the pools close, so that no attempt waits any more
	 */
	RetryAfterInterceptor(Function<Operation, Optional<PoolOptions>> lanes, Scheduler scheduler, Mono<Void> closing) {
		this.lanes = lanes;
		this.scheduler = scheduler;
		this.closing = closing;
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		long begun = now();
		if (attempt instanceof Mono<T> mono) {
			Mono<T> observed = mono.doOnError((failure) -> note(operation, failure));
			return Mono
				.defer(() -> this.holds.isEmpty() ? observed : permitted(new Call(operation, begun, now()), observed));
		}
		Flux<T> observed = Flux.from(attempt).doOnError((failure) -> note(operation, failure));
		return Flux
			.defer(() -> this.holds.isEmpty() ? observed : permitted(new Call(operation, begun, now()), observed));
	}

	private <T> Mono<T> permitted(Call call, Mono<T> attempt) {
		return call.tryPass(this.holds) ? attempt.doFinally((signal) -> call.ended())
				: waits(call).then(Mono.defer(() -> permitted(call, attempt)));
	}

	private <T> Flux<T> permitted(Call call, Flux<T> attempt) {
		return call.tryPass(this.holds) ? attempt.doOnNext((item) -> call.ended()).doFinally((signal) -> call.ended())
				: waits(call).thenMany(Flux.defer(() -> permitted(call, attempt)));
	}

	private Mono<Void> waits(Call call) {
		RetryAfterHold hold = call.hold;
		PoolOptions lane = this.lanes.apply(call.operation).orElse(null);
		if (hold == null) {
			return Mono.empty();
		}
		if (lane == null || hold.count(call.operation.lane()) >= lane.maxPending()) {
			return Mono.error(refusal(call.operation, hold));
		}
		long latest = call.latest(lane.acquireTimeout());
		long left = latest - now();
		if (left <= 0 || latest - hold.until() < 0) {
			return Mono.error(refusal(call.operation, hold));
		}
		Mono<Void> passes = hold.join(call.operation.lane(), latest)
			.timeout(Duration.ofNanos(left), Mono.error(() -> refusal(call.operation, hold)), this.scheduler)
			.publishOn(this.scheduler);
		return Mono.firstWithSignal(passes, this.closing.then(Mono.error(() -> closed(call.operation, hold))));
	}

	private void note(Operation operation, Throwable failure) {
		if (!(failure instanceof AttemptFailedException attempt) || !attempt.isRateLimited()) {
			return;
		}
		Duration asked = attempt.retryAfter().orElse(Duration.ZERO);
		Duration wait = (asked.compareTo(LONGEST) < 0) ? asked : LONGEST;
		if (wait.isZero() || wait.isNegative()) {
			return;
		}
		hold(operation, now() + wait.toNanos());
	}

	private void hold(Operation operation, long until) {
		Scope scope = Scope.of(operation);
		RetryAfterHold fresh = new RetryAfterHold(until, this.scheduler, (ended) -> this.holds.remove(scope, ended));
		RetryAfterHold present = this.holds.compute(scope,
				(same, hold) -> (hold != null && hold.extend(until)) ? hold : fresh);
		if (present != fresh) {
			return;
		}
		fresh.begin();
		logger.warn("The server limits the rate of {} on pool '{}': it is not sent again for {}ms", scope.operation(),
				scope.pool(), Duration.ofNanos(until - now()).toMillis());
	}

	private long now() {
		return this.scheduler.now(TimeUnit.NANOSECONDS);
	}

	private RateLimitedException closed(Operation operation, RetryAfterHold hold) {
		return new RateLimitedException(
				"%s was not sent, since the server limits its rate. The pool is closing".formatted(operation.name()),
				left(hold));
	}

	private RateLimitedException refusal(Operation operation, RetryAfterHold hold) {
		Duration left = left(hold);
		return new RateLimitedException(
				"%s was not sent, since the server limits its rate and asked to wait until %s, longer than the operation may wait. Send fewer requests, or raise the limit of the server"
					.formatted(operation.name(), Instant.now().plus(left)),
				left);
	}

	private Duration left(RetryAfterHold hold) {
		return Duration.ofNanos(Math.max(0, hold.until() - now()));
	}

	/**
	 * What a hold concerns.
	 */
	private record Scope(String pool, String operation, Identity.Kind identity) {

		static Scope of(Operation operation) {
			return new Scope(operation.pool(), operation.name(), operation.identity());
		}

	}

	/**
	 * One attempt until it is let through.
	 */
	private static final class Call {

		private final Operation operation;

		private final long operationBegun;

		private final long begun;

		private final AtomicBoolean ended = new AtomicBoolean();

		private volatile @Nullable RetryAfterHold hold;

		Call(Operation operation, long operationBegun, long begun) {
			this.operation = operation;
			this.operationBegun = operationBegun;
			this.begun = begun;
		}

		boolean tryPass(Map<Scope, RetryAfterHold> holds) {
			RetryAfterHold present = holds.get(Scope.of(this.operation));
			if (present == null) {
				return true;
			}
			this.hold = present;
			return present.tryPass(this);
		}

		/**
		 * Notes the end of the attempt. A stream that has begun was not refused: it may
		 * last for hours, and others do not wait for its end.
		 */
		void ended() {
			RetryAfterHold last = this.hold;
			if (last != null && this.ended.compareAndSet(false, true)) {
				last.callEnded(this);
			}
		}

		long latest(Duration acquireTimeout) {
			long latest = this.begun + acquireTimeout.toNanos();
			return this.operation.deadline()
				.map((deadline) -> this.operationBegun + deadline.toNanos())
				.filter((end) -> end - latest < 0)
				.orElse(latest);
		}

	}

}
