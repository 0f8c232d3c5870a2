package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * How long to wait after connections could not be opened: doubled with each failure in a
 * row, between half and the whole of it at random ("equal jitter", from the AWS
 * Architecture Blog, "Exponential Backoff And Jitter"). Changed under the pool's lock.
 * Any thread may read whether the wait is over, and the last failure.
 */
final class OpenBackoff {

	/** A connector that fails immediately must not be called without end. */
	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	private static final long LONGEST_NANOS = Long.MAX_VALUE / 4;

	private final long minNanos;

	private final long maxNanos;

	/** How many attempts in a row failed; written after {@link #retryAt}. */
	volatile int failures;

	private int losses;

	private volatile long retryAt;

	/**
	 * The last failure if no connection was opened since. It concerns callers that came
	 * later, too: all that they waited for may have been the back-off after it.
	 */
	volatile @Nullable Throwable lastFailure;

	OpenBackoff(Duration min, Duration max) {
		this.minNanos = limit(min);
		this.maxNanos = limit(max);
	}

	private static long limit(Duration wait) {
		return Math.max(SHORTEST_NANOS, Math.min(PoolScheduler.nanos(wait), LONGEST_NANOS));
	}

	/**
	 * Records a failure. Connections that were opened side by side and fail together
	 * count as one step of the back-off.
	 */
	Duration failed(Throwable failure, long now) {
		this.lastFailure = failure;
		if (this.failures == 0 || now - this.retryAt >= 0) {
			int doublings = Math.min(this.failures, 20);
			long ceiling = (this.minNanos < this.maxNanos >> doublings) ? this.minNanos << doublings : this.maxNanos;
			this.retryAt = now + ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1);
		}
		this.failures = this.failures + 1;
		return Duration.ofNanos(Math.max(0, this.retryAt - now));
	}

	/**
	 * Records that a connection was lost before it was of any use. The first one may be
	 * replaced immediately.
	 */
	Duration lost(Throwable failure, long now) {
		boolean first = this.losses == 0;
		this.losses++;
		return first ? Duration.ZERO : failed(failure, now);
	}

	/**
	 * Records that a connection was opened, so that others can be. The next wait is no
	 * shorter for it: a server that accepts connections and drops them must not be
	 * stormed.
	 */
	void opened(long now) {
		this.lastFailure = null;
		this.retryAt = now;
	}

	/**
	 * Records that an open connection was of use.
	 */
	void proved() {
		this.failures = 0;
		this.losses = 0;
	}

	/**
	 * Returns whether the wait is over. Reads the clock only if there is one.
	 */
	boolean isOver(PoolScheduler clock) {
		return this.failures == 0 || clock.nanoTime() - this.retryAt >= 0;
	}

}
