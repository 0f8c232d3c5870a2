package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Durations in nanoseconds. What is too long for that, 292 years, never passes: it is cut
 * down instead of failing half way through a step of the pool.
 */
final class Nanos {

	private Nanos() {
	}

	static long of(Duration duration) {
		return TimeUnit.NANOSECONDS.convert(duration);
	}

	/**
	 * Returns whether a limit has passed since a time; one of zero never has.
	 */
	static boolean hasPassed(Duration limit, long since, long now) {
		return !limit.isZero() && now - since >= of(limit);
	}

}
