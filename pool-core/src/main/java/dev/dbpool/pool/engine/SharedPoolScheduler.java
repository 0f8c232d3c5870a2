package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import dev.dbpool.pool.PoolScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The default {@link PoolScheduler}: one daemon thread for all pools of the JVM, which
 * keeps nothing of the caller that happened to start it. Its coarse clock ticks every 10
 * ms while it is read, and stops a second after the last read.
 */
public final class SharedPoolScheduler implements PoolScheduler {

	/** The one instance. */
	public static final SharedPoolScheduler INSTANCE = new SharedPoolScheduler();

	private static final long TICK_NANOS = Duration.ofMillis(10).toNanos();

	private static final int TICKS_WITHOUT_READERS = 100;

	private static final long STOPPED = Long.MIN_VALUE;

	private final ScheduledThreadPoolExecutor executor;

	private final Object tickerLock = new Object();

	private volatile long tick = STOPPED;

	private volatile boolean read;

	private int ticksWithoutReaders;

	private @Nullable Future<?> ticker;

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

	/**
	 * Returns the time on the same clock, up to 10 ms late, for the price of a load.
	 */
	long coarseNanoTime() {
		long now = this.tick;
		if (now == STOPPED) {
			return startTicking();
		}
		if (!this.read) {
			this.read = true;
		}
		return now;
	}

	private long startTicking() {
		synchronized (this.tickerLock) {
			if (this.ticker == null) {
				this.ticksWithoutReaders = 0;
				this.ticker = this.executor.scheduleWithFixedDelay(this::tick, TICK_NANOS, TICK_NANOS,
						TimeUnit.NANOSECONDS);
				this.tick = System.nanoTime();
			}
		}
		return System.nanoTime();
	}

	private void tick() {
		this.ticksWithoutReaders = this.read ? 0 : this.ticksWithoutReaders + 1;
		this.read = false;
		if (this.ticksWithoutReaders < TICKS_WITHOUT_READERS) {
			this.tick = System.nanoTime();
			return;
		}
		synchronized (this.tickerLock) {
			this.tick = STOPPED;
			Future<?> running = this.ticker;
			this.ticker = null;
			if (running != null) {
				running.cancel(false);
			}
		}
	}

	@Override
	public ScheduledTask schedule(Duration delay, Runnable task) {
		Future<?> scheduled = this.executor.schedule(task, Nanos.of(delay), TimeUnit.NANOSECONDS);
		return () -> scheduled.cancel(false);
	}

}
