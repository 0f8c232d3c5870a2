package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.autoconfigure.InvalidPoolConfigurationException;
import dev.dbpool.autoconfigure.PoolInstances;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Admits operations by the rate limiter and the bulkhead of their identity, or of all
 * identities, as far as such instances are configured. It is outside of retry, so that an
 * operation is admitted once, however many attempts it makes. An operation that has to
 * wait for the rate limiter, or is rejected, holds no connection, and neither retry nor
 * circuit breaker see it.
 * <p>
 * A call of the bulkhead is given back when the operation ends: with the last signal of
 * its attempts, except for an answer whose body is still to be read, which ends with the
 * operation as its listeners see it.
 */
final class AdmissionInterceptor implements OperationInterceptor, OperationListener {

	private final @Nullable RateLimiterRegistry rateLimiters;

	private final @Nullable BulkheadRegistry bulkheads;

	private final @Nullable AdmissionKeyResolver keys;

	private final Mono<Void> closing;

	private final Map<Group, AdmissionLimits> limits = new ConcurrentHashMap<>();

	/** Operations whose answer is being read. */
	private final Map<Operation, Call> reading = new ConcurrentHashMap<>();

	AdmissionInterceptor(@Nullable RateLimiterRegistry rateLimiters, @Nullable BulkheadRegistry bulkheads,
			@Nullable AdmissionKeyResolver keys, Mono<Void> closing) {
		this.rateLimiters = rateLimiters;
		this.bulkheads = bulkheads;
		this.keys = keys;
		this.closing = closing;
		if (bulkheads != null) {
			bulkheads.getAllBulkheads()
				.stream()
				.filter((bulkhead) -> PoolInstances.isAdmission(bulkhead.getName()))
				.forEach(AdmissionInterceptor::check);
		}
	}

	/**
	 * Rejects a bulkhead that would block the thread of its caller.
	 */
	private static Bulkhead check(Bulkhead bulkhead) {
		long wait = bulkhead.getBulkheadConfig().getMaxWaitDuration().toMillis();
		if (wait > 0) {
			throw new InvalidPoolConfigurationException(
					"resilience4j.bulkhead.instances.%s.max-wait-duration is %dms, for which a bulkhead would block an event loop."
						.formatted(bulkhead.getName(), wait),
					"Set it to 0. Operations that are admitted wait for a connection without blocking.");
		}
		return bulkhead;
	}

	@Override
	public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
		AdmissionLimits found = limits(new Group(operation.pool(), operation.identity()));
		if (found.isEmpty()) {
			return attempt;
		}
		if (attempt instanceof Mono<T> mono) {
			return Mono.defer(() -> {
				Call call = new Call();
				return admit(operation, found, call).then(mono)
					.doOnNext((item) -> answered(operation, item, call))
					.doOnTerminate(() -> ended(operation, call))
					.doOnCancel(call::end);
			});
		}
		Flux<T> flux = Flux.from(attempt);
		return Flux.defer(() -> {
			Call call = new Call();
			return admit(operation, found, call).thenMany(flux).doOnTerminate(call::end).doOnCancel(call::end);
		});
	}

	private AdmissionLimits limits(Group group) {
		AdmissionLimits known = this.limits.get(group);
		return (known != null) ? known : this.limits.computeIfAbsent(group, this::find);
	}

	private AdmissionLimits find(Group group) {
		String own = PoolInstances.admission(group.pool(), group.identity());
		String all = PoolInstances.name(group.pool());
		RateLimiterRegistry rates = this.rateLimiters;
		BulkheadRegistry calls = this.bulkheads;
		return new AdmissionLimits((rates != null) ? rates.find(own).or(() -> rates.find(all)) : Optional.empty(),
				(calls != null) ? calls.find(own).or(() -> calls.find(all)).map(AdmissionInterceptor::check)
						: Optional.empty());
	}

	private Mono<Void> admit(Operation operation, AdmissionLimits limits, Call call) {
		AdmissionKeyResolver resolver = this.keys;
		if (resolver == null) {
			return Mono.defer(() -> enter(limits, call));
		}
		return resolver.key(operation).map(limits::of).defaultIfEmpty(limits).flatMap((own) -> enter(own, call));
	}

	/**
	 * The bulkhead is first, so that what it rejects takes nothing from the rate limiter,
	 * and what waits for that counts as running. When the pools close it waits no more,
	 * and is refused by its pool.
	 */
	private Mono<Void> enter(AdmissionLimits limits, Call call) {
		limits.enter().ifPresent(call::begin);
		Duration wait = limits.reserve();
		return wait.isZero() ? Mono.empty() : Mono.delay(wait).takeUntilOther(this.closing).then();
	}

	private void answered(Operation operation, Object item, Call call) {
		if (item instanceof ClientHttpResponse) {
			this.reading.put(operation, call);
			if (call.hasEnded()) {
				this.reading.remove(operation, call);
			}
		}
	}

	private void ended(Operation operation, Call call) {
		if (this.reading.get(operation) != call) {
			call.end();
		}
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		Call call = this.reading.remove(outcome.operation());
		if (call != null) {
			call.end();
		}
	}

	/**
	 * The operations that have the same limits.
	 */
	private record Group(String pool, Identity.Kind identity) {

	}

	/**
	 * A call of a bulkhead. Its state goes from {@code NEW} to the bulkhead that has
	 * admitted it, and to {@code ENDED} from both. A call that is admitted after its end
	 * is given back immediately.
	 */
	private static final class Call {

		private static final Object NEW = "NEW";

		private static final Object ENDED = "ENDED";

		private final AtomicReference<Object> state = new AtomicReference<>(NEW);

		void begin(Bulkhead bulkhead) {
			if (!this.state.compareAndSet(NEW, bulkhead)) {
				bulkhead.onComplete();
			}
		}

		void end() {
			if (this.state.getAndSet(ENDED) instanceof Bulkhead bulkhead) {
				bulkhead.onComplete();
			}
		}

		boolean hasEnded() {
			return this.state.get() == ENDED;
		}

	}

}
