package dev.dbpool.pool;

import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * Does the regular work of a pool on the shared scheduler, from its start to its stop.
 */
final class Housekeeping {

	private static final Duration SLOWEST = Duration.ofSeconds(5);

	private static final Duration FASTEST = Duration.ofMillis(20);

	private final Timers timers;

	private final Duration interval;

	private final Runnable work;

	private volatile boolean stopped;

	private volatile @Nullable ScheduledTask next;

	Housekeeping(PoolOptions options, Runnable work) {
		this.timers = new Timers(options);
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
		if (this.stopped) {
			Timers.cancel(task);
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
