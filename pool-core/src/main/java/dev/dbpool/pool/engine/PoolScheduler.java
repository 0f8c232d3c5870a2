package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The clock and the timer of a pool. Replaceable, so that tests can run on virtual time.
 */
interface PoolScheduler {

	/**
	 * One daemon thread for all pools of the JVM, which keeps nothing of the caller that
	 * happened to start it. It is never shut down, so it refuses no task.
	 */
	PoolScheduler SHARED = new PoolScheduler() {

		private final ScheduledThreadPoolExecutor executor = executor();

		private static ScheduledThreadPoolExecutor executor() {
			ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, (task) -> {
				Thread thread = new Thread(null, task, "dbpool-scheduler", 0, false);
				thread.setDaemon(true);
				thread.setContextClassLoader(PoolScheduler.class.getClassLoader());
				return thread;
			});
			executor.setRemoveOnCancelPolicy(true);
			return executor;
		}

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public ScheduledTask schedule(Duration delay, Runnable task) {
			Future<?> scheduled = this.executor.schedule(task, nanos(delay), TimeUnit.NANOSECONDS);
			return () -> scheduled.cancel(false);
		}

	};

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
	 * Returns a duration in nanoseconds. What is too long for that, 292 years, never
	 * passes: it is cut down instead of failing half way through a step of the pool.
	 */
	static long nanos(Duration duration) {
		return TimeUnit.NANOSECONDS.convert(duration);
	}

	/**
	 * Returns whether a limit has passed since a time; one of zero never has.
	 */
	static boolean hasPassed(Duration limit, long since, long now) {
		return !limit.isZero() && now - since >= nanos(limit);
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
