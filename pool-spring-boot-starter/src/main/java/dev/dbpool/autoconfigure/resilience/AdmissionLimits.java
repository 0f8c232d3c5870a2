package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.autoconfigure.resilience.AdmissionRefusedException.Limiter;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ConcurrentLruCache;

/**
 * The rate limiter and the bulkhead of the operations of one pool and identity, and those
 * of each key, which have the same configuration. Those of a key stay until
 * {@value #MAX_KEYS} others were used since. Safe for use from any thread.
 */
final class AdmissionLimits {

	static final int MAX_KEYS = 10_000;

	private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

	private final @Nullable RateLimiter rateLimiter;

	private final @Nullable Bulkhead bulkhead;

	private final boolean keyed;

	private final ConcurrentLruCache<String, AdmissionLimits> keys = new ConcurrentLruCache<>(MAX_KEYS, this::copy);

	AdmissionLimits(Optional<RateLimiter> rateLimiter, Optional<Bulkhead> bulkhead) {
		this(rateLimiter.orElse(null), bulkhead.orElse(null), false);
	}

	private AdmissionLimits(@Nullable RateLimiter rateLimiter, @Nullable Bulkhead bulkhead, boolean keyed) {
		this.rateLimiter = rateLimiter;
		this.bulkhead = bulkhead;
		this.keyed = keyed;
	}

	private AdmissionLimits copy(String key) {
		RateLimiter rate = this.rateLimiter;
		Bulkhead calls = this.bulkhead;
		return new AdmissionLimits((rate != null) ? RateLimiter.of(rate.getName(), rate.getRateLimiterConfig()) : null,
				(calls != null) ? Bulkhead.of(calls.getName(), calls.getBulkheadConfig()) : null, true);
	}

	/**
	 * Returns whether there is no limit.
	 */
	boolean isEmpty() {
		return this.rateLimiter == null && this.bulkhead == null;
	}

	/**
	 * Returns the limits of a key.
	 */
	AdmissionLimits of(String key) {
		return this.keys.get(key);
	}

	/**
	 * Takes a call from the bulkhead, if there is one.
	 * @throws AdmissionRefusedException if all of its calls are running
	 */
	Optional<Bulkhead> enter() {
		Bulkhead calls = this.bulkhead;
		if (calls != null && !calls.tryAcquirePermission()) {
			BulkheadConfig config = calls.getBulkheadConfig();
			throw new AdmissionRefusedException(
					"Bulkhead '%1$s' rejected the operation, since all %2$d calls%3$s are running. Increase resilience4j.bulkhead.instances.%1$s.max-concurrent-calls, or run fewer operations at the same time"
						.formatted(calls.getName(), config.getMaxConcurrentCalls(), ofKey()),
					Limiter.BULKHEAD, this.keyed, SHORTEST_WAIT,
					BulkheadFullException.createBulkheadFullException(calls));
		}
		return Optional.ofNullable(calls);
	}

	/**
	 * Takes a call from the rate limiter, if there is one.
	 * @return how long the operation has to wait for it
	 * @throws AdmissionRefusedException if it would have to wait for too long
	 */
	Duration reserve() {
		RateLimiter rate = this.rateLimiter;
		long wait = (rate != null) ? rate.reservePermission() : 0;
		if (rate != null && wait < 0) {
			RateLimiterConfig config = rate.getRateLimiterConfig();
			Duration period = config.getLimitRefreshPeriod();
			throw new AdmissionRefusedException(
					"Rate limiter '%1$s' rejected the operation, since its %2$d calls%3$s per %4$dms are used up and none is free within timeout-duration (%5$dms). Increase resilience4j.ratelimiter.instances.%1$s.limit-for-period, or run fewer operations"
						.formatted(rate.getName(), config.getLimitForPeriod(), ofKey(), period.toMillis(),
								config.getTimeoutDuration().toMillis()),
					Limiter.RATE_LIMITER, this.keyed, (period.compareTo(SHORTEST_WAIT) > 0) ? period : SHORTEST_WAIT,
					RequestNotPermitted.createRequestNotPermitted(rate));
		}
		return Duration.ofNanos(wait);
	}

	private String ofKey() {
		return this.keyed ? " of its key" : "";
	}

}
