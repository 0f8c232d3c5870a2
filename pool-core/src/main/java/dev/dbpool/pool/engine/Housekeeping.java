package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolScheduler;
import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * Does the regular work of a pool on its scheduler, from its start to its stop. When the
 * scheduler refuses, it stalls, until a caller finds that the scheduler works again.
 */
final class Housekeeping {

	private static final Duration SLOWEST = Duration.ofSeconds(5);

	private static final Duration FASTEST = Duration.ofMillis(20);

	private final PoolScheduler scheduler;

	private final Timers timers;

	private final Duration interval;

	private final Runnable work;

	private final AtomicBoolean stalled = new AtomicBoolean();

	private volatile long stalledAt;

	private volatile boolean stopped;

	private volatile @Nullable ScheduledTask next;

	Housekeeping(PoolOptions options, Timers timers, Runnable work) {
		this.scheduler = options.scheduler();
		this.timers = timers;
		this.interval = interval(options);
		this.work = work;
	}

	/**
	 * A quarter of the shortest limit that is watched over.
	 */
	private static Duration interval(PoolOptions options) {
		Duration interval = Stream
			.of(options.idleTimeout(), options.maxLifetime(), options.keepAliveInterval(),
					options.leakDetectionTimeout())
			.filter((limit) -> !limit.isZero())
			.map((limit) -> limit.dividedBy(4))
			.min(Comparator.naturalOrder())
			.orElse(SLOWEST);
		if (interval.compareTo(SLOWEST) > 0) {
			return SLOWEST;
		}
		return (interval.compareTo(FASTEST) < 0) ? FASTEST : interval;
	}

	Duration interval() {
		return this.interval;
	}

	void start() {
		ScheduledTask task = this.timers.set(this.interval, this::run);
		this.next = task;
		if (task == null) {
			this.stalledAt = this.scheduler.nanoTime();
			this.stalled.set(true);
		}
		if (this.stopped) {
			Timers.cancel(task);
		}
	}

	boolean isStalled() {
		return this.stalled.get();
	}

	/**
	 * Tries to go on after a refusal, no more often than there is regular work.
	 */
	void restart() {
		boolean due = Nanos.hasPassed(this.interval, this.stalledAt, this.scheduler.nanoTime());
		if (due && !this.stopped && this.stalled.compareAndSet(true, false)) {
			start();
		}
	}

	private void run() {
		if (!this.stopped) {
			try {
				this.work.run();
			}
			finally {
				start();
			}
		}
	}

	void stop() {
		this.stopped = true;
		Timers.cancel(this.next);
	}

}
