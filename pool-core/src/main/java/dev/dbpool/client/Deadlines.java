package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Ends operations at their deadlines. Nearly all of them end long before, and a timer for
 * each would wake a thread of the scheduler only to be cancelled. So those whose deadline
 * is far are kept in lists, which are looked through twice a second, and an operation
 * gets a timer when its deadline is near. Safe for use from any thread.
 */
final class Deadlines {

	/** The deadlines of all clients. */
	static final Deadlines SHARED = new Deadlines(Schedulers::parallel, System::nanoTime);

	private static final long NEAR_NANOS = Duration.ofSeconds(1).toNanos();

	private static final int LISTS = 8;

	private final Supplier<Scheduler> scheduler;

	private final LongSupplier nanoTime;

	/** Several of them, so that threads seldom wait for each other. */
	private final FarDeadlines[] lists = IntStream.range(0, LISTS)
		.mapToObj((index) -> new FarDeadlines())
		.toArray(FarDeadlines[]::new);

	/**
	 * Creates deadlines, none of which is set.
	 * @param scheduler runs what is due
	 * @param nanoTime the clock
	 */
	Deadlines(Supplier<Scheduler> scheduler, LongSupplier nanoTime) {
		this.scheduler = scheduler;
		this.nanoTime = nanoTime;
	}

	/**
	 * Runs an action at a deadline, on a thread of the scheduler.
	 * @param begun when the time began, on the clock
	 * @param deadline how long it is
	 * @param action what to do then
	 * @return takes the deadline back
	 */
	Disposable schedule(long begun, Duration deadline, Runnable action) {
		long at = begun + deadline.toNanos();
		if (deadline.toNanos() <= 2 * NEAR_NANOS) {
			return timer(at, action);
		}
		FarDeadlines list = this.lists[(int) Thread.currentThread().getId() & (LISTS - 1)];
		Far far = new Far(list, at, action);
		list.add(far);
		return far;
	}

	private Disposable timer(long at, Runnable action) {
		long left = at - this.nanoTime.getAsLong();
		return this.scheduler.get().schedule(action, Math.max(0, left), TimeUnit.NANOSECONDS);
	}

	/**
	 * Deadlines that are far, linked to each other in a ring.
	 */
	private final class FarDeadlines {

		private final Far ends = new Far(this, 0, () -> {
		});

		private boolean watched;

		synchronized void add(Far far) {
			far.linkBefore(this.ends);
			if (!this.watched) {
				this.watched = true;
				watch();
			}
		}

		private void watch() {
			Deadlines.this.scheduler.get().schedule(this::lookThrough, NEAR_NANOS / 2, TimeUnit.NANOSECONDS);
		}

		private synchronized void lookThrough() {
			long near = Deadlines.this.nanoTime.getAsLong() + NEAR_NANOS;
			Far next = this.ends.next;
			while (next != this.ends) {
				Far far = next;
				next = far.next;
				if (far.at - near <= 0) {
					far.unlink();
					far.timer = timer(far.at, far.action);
				}
			}
			this.watched = this.ends.next != this.ends;
			if (this.watched) {
				watch();
			}
		}

		synchronized void remove(Far far) {
			far.unlink();
			Disposable timer = far.timer;
			if (timer != null) {
				timer.dispose();
			}
		}

	}

	/**
	 * A deadline that was far when it was set. Guarded by its list.
	 */
	private static final class Far implements Disposable {

		private final FarDeadlines list;

		private final long at;

		private final Runnable action;

		private Far previous = this;

		private Far next = this;

		private @Nullable Disposable timer;

		Far(FarDeadlines list, long at, Runnable action) {
			this.list = list;
			this.at = at;
			this.action = action;
		}

		void linkBefore(Far other) {
			this.next = other;
			this.previous = other.previous;
			other.previous.next = this;
			other.previous = this;
		}

		void unlink() {
			this.previous.next = this.next;
			this.next.previous = this.previous;
			this.previous = this;
			this.next = this;
		}

		@Override
		public void dispose() {
			this.list.remove(this);
		}

	}

}
