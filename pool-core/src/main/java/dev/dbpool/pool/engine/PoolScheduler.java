package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * The clock and the timer of a pool. Replaceable, so that tests can run on virtual time.
 */
interface PoolScheduler {

	/**
	 * One daemon thread for the timers of all pools of the JVM, and one for their
	 * watches. They keep nothing of the caller that happened to start them, and are never
	 * shut down, so they refuse no task.
	 */
	PoolScheduler SHARED = new OneThread("dbpool-scheduler", new OneThread("dbpool-watch", null));

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
	 * Returns the scheduler whose thread looks at the slots, where no foreign code runs.
	 * @return the scheduler, or {@code null} if each lease is to note its own times
	 */
	default @Nullable PoolScheduler forWatch() {
		return null;
	}

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
	 * A thread of the JVM and its clock.
	 */
	final class OneThread implements PoolScheduler {

		private final ScheduledThreadPoolExecutor executor;

		private final @Nullable PoolScheduler forWatch;

		OneThread(String name, @Nullable PoolScheduler forWatch) {
			this.forWatch = forWatch;
			this.executor = new ScheduledThreadPoolExecutor(1, (task) -> {
				Thread thread = new Thread(null, task, name, 0, false);
				thread.setDaemon(true);
				thread.setContextClassLoader(PoolScheduler.class.getClassLoader());
				return thread;
			});
			this.executor.setRemoveOnCancelPolicy(true);
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

		@Override
		public @Nullable PoolScheduler forWatch() {
			return this.forWatch;
		}

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
