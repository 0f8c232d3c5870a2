package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import dev.dbpool.pool.PoolScheduler;

/**
 * The default {@link PoolScheduler}: one daemon thread for all pools of the JVM, which
 * keeps nothing of the caller that happened to start it.
 */
public final class SharedPoolScheduler implements PoolScheduler {

	/** The one instance. */
	public static final SharedPoolScheduler INSTANCE = new SharedPoolScheduler();

	private final ScheduledThreadPoolExecutor executor;

	private SharedPoolScheduler() {
		this.executor = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(null, task, "dbpool-scheduler", 0, false);
			thread.setDaemon(true);
			thread.setContextClassLoader(SharedPoolScheduler.class.getClassLoader());
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
