package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The default {@link PoolScheduler}: one daemon thread for all pools of the JVM.
 */
final class SharedPoolScheduler implements PoolScheduler {

	static final SharedPoolScheduler INSTANCE = new SharedPoolScheduler();

	private final ScheduledThreadPoolExecutor executor;

	private SharedPoolScheduler() {
		this.executor = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(task, "dbpool-scheduler");
			thread.setDaemon(true);
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
		Future<?> scheduled = this.executor.schedule(task, Nanos.of(delay), TimeUnit.NANOSECONDS);
		return () -> scheduled.cancel(false);
	}

}
