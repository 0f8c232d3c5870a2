package dev.dbpool.pool;

import java.time.Duration;

import dev.dbpool.pool.engine.SharedPoolScheduler;

/**
 * The clock and the timer of a pool. Replaceable so that tests can run on virtual time.
 */
public interface PoolScheduler {

	/**
	 * Returns the current time on a monotonic clock.
	 * @return nanoseconds from an arbitrary origin, as in {@link System#nanoTime()}
	 */
	long nanoTime();

	/**
	 * Runs a task once after a delay. The task is short and does not block.
	 * @param delay how long to wait
	 * @param task what to run
	 * @return a handle to cancel it
	 */
	ScheduledTask schedule(Duration delay, Runnable task);

	/**
	 * Returns the scheduler that pools share unless configured otherwise: one daemon
	 * thread.
	 * @return the shared scheduler
	 */
	static PoolScheduler shared() {
		return SharedPoolScheduler.INSTANCE;
	}

	/**
	 * A task that was scheduled.
	 */
	@FunctionalInterface
	interface ScheduledTask {

		/**
		 * Keeps the task from running, if it has not started.
		 */
		void cancel();

	}

}
