package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets timers with a scheduler that may refuse them, as one does that was shut down
 * before the pool. What the timer was to bound goes on without the bound.
 */
final class Timers {

	private static final Logger logger = LoggerFactory.getLogger(Timers.class);

	private final PoolOptions options;

	Timers(PoolOptions options) {
		this.options = options;
	}

	/**
	 * Sets a timer.
	 * @return the timer, or {@code null} if it was refused
	 */
	@Nullable ScheduledTask set(Duration delay, Runnable task) {
		try {
			return this.options.scheduler().schedule(delay, task);
		}
		catch (Throwable ex) {
			logger.warn("The scheduler of pool '{}' refused a timer of {}", this.options.name(),
					PoolMessages.describe(delay), ex);
			return null;
		}
	}

	static void cancel(@Nullable ScheduledTask timer) {
		if (timer != null) {
			timer.cancel();
		}
	}

}
