package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A scheduler on virtual time: nothing happens until the test moves the clock.
 */
final class VirtualScheduler implements PoolScheduler {

	private final PriorityQueue<Task> tasks = new PriorityQueue<>(
			Comparator.comparingLong(Task::dueAt).thenComparingLong(Task::number));

	private long now;

	private long numbers;

	/** What happens while the next timer is set. */
	Runnable onceWhileSetting = () -> {
	};

	/** What happens when the clock is read the next time. */
	Runnable onceWhileReading = () -> {
	};

	/** Whether slots are watched, as by the scheduler that pools share. */
	boolean watches;

	/** Whether a timer goes off although it was cancelled, as one that had begun. */
	boolean cancelsTooLate;

	VirtualScheduler() {
		this(1_000_000_000L);
	}

	/**
	 * Starts at a time, which may be negative as that of {@link System#nanoTime()} may.
	 */
	VirtualScheduler(long now) {
		this.now = now;
	}

	@Override
	public long nanoTime() {
		Runnable interleaved = this.onceWhileReading;
		this.onceWhileReading = () -> {
		};
		interleaved.run();
		return this.now;
	}

	@Override
	public ScheduledTask schedule(Duration delay, Runnable task) {
		Runnable interleaved = this.onceWhileSetting;
		this.onceWhileSetting = () -> {
		};
		interleaved.run();
		Task scheduled = new Task(
				this.now + Math.min(PoolScheduler.nanos(delay), Long.MAX_VALUE - Math.max(0, this.now)), this.numbers++,
				task);
		this.tasks.add(scheduled);
		return () -> {
			if (!this.cancelsTooLate) {
				this.tasks.remove(scheduled);
			}
		};
	}

	@Override
	public PoolScheduler forWatch() {
		return this.watches ? this : null;
	}

	void advance(Duration duration) {
		long target = this.now + duration.toNanos();
		for (Task next = this.tasks.peek(); next != null && next.dueAt() <= target; next = this.tasks.peek()) {
			this.tasks.remove(next);
			this.now = Math.max(this.now, next.dueAt());
			next.task().run();
		}
		this.now = Math.max(this.now, target);
	}

	int pendingTasks() {
		return this.tasks.size();
	}

	private record Task(long dueAt, long number, Runnable task) {

	}

}
