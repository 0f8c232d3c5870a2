package dev.dbpool.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
 * is far are kept in a ring, which is looked through twice a second, and an operation
 * gets a timer when its deadline is near. Safe for use from any thread.
 */
final class Deadlines {

	private static final long NEAR_NANOS = Duration.ofSeconds(1).toNanos();

	/** Several of them, so that threads seldom wait for each other. */
	private static final List<Deadlines> SHARED = IntStream.range(0, 8)
		.mapToObj((index) -> new Deadlines(Schedulers::parallel, System::nanoTime))
		.toList();

	private final Supplier<Scheduler> scheduler;

	private final LongSupplier nanoTime;

	/** Where the ring begins and ends. */
	private final Far ends = new Far(this, 0, () -> {
	});

	/** Looks through the ring, or {@code null} while that is empty. */
	private @Nullable Disposable look;

	/** When the next look is due. */
	private long lookAt;

	/** Runs the next look. */
	private @Nullable Scheduler watching;

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
	 * Returns the deadlines of all clients that this thread sets.
	 */
	static Deadlines shared() {
		return SHARED.get((int) Thread.currentThread().getId() & (SHARED.size() - 1));
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
			return timer(at - this.nanoTime.getAsLong(), action);
		}
		Far far = new Far(this, at, action);
		add(far, begun);
		return far;
	}

	private Disposable timer(long left, Runnable action) {
		return this.scheduler.get().schedule(action, Math.max(0, left), TimeUnit.NANOSECONDS);
	}

	/**
	 * Adds a deadline. The ring is watched anew if the scheduler was replaced, since one
	 * that is shut down forgets its tasks.
	 */
	private synchronized void add(Far far, long now) {
		Disposable present = this.look;
		if (present == null) {
			watch(now);
		}
		else if (this.watching != this.scheduler.get()) {
			present.dispose();
			watch(now);
		}
		far.linkBefore(this.ends);
	}

	private void watch(long now) {
		this.watching = this.scheduler.get();
		this.look = this.watching.schedule(this::lookThrough, NEAR_NANOS / 2, TimeUnit.NANOSECONDS);
		this.lookAt = now + NEAR_NANOS / 2;
	}

	/**
	 * Gives what is near a timer. A scheduler of virtual time may be ahead of the clock.
	 */
	private synchronized void lookThrough() {
		this.look = null;
		long now = this.lookAt + Math.max(0, this.nanoTime.getAsLong() - this.lookAt);
		Far next = this.ends.next;
		while (next != this.ends) {
			Far far = next;
			next = far.next;
			if (far.at - now <= NEAR_NANOS) {
				far.unlink();
				far.timer = timer(far.at - now, far.action);
			}
		}
		if (this.ends.next != this.ends) {
			watch(now);
		}
	}

	private synchronized void remove(Far far) {
		far.unlink();
		Disposable timer = far.timer;
		if (timer != null) {
			timer.dispose();
		}
	}

	/**
	 * A deadline that was far when it was set. Guarded by the deadlines that it is one
	 * of.
	 */
	private static final class Far implements Disposable {

		private final Deadlines deadlines;

		private final long at;

		private final Runnable action;

		private Far previous = this;

		private Far next = this;

		private @Nullable Disposable timer;

		Far(Deadlines deadlines, long at, Runnable action) {
			this.deadlines = deadlines;
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
			this.deadlines.remove(this);
		}

	}

	/**
	 * How long operations have held their connection lately, by their name: what a caller
	 * has to expect once it has a connection. An estimate is a mean that follows the last
	 * answers, and twice the mean of their excess over it, after the estimate of round
	 * trips in TCP (RFC 6298); it falls faster than that one, which would count a faster
	 * answer as variation. It is forgotten when no answer of that name has arrived for a
	 * second, so that a server which was slow is asked again. Safe for use from any
	 * thread; of answers that arrive together, one may be lost.
	 */
	static final class ServiceTimes {

		/** An application has no more names, unless they contain ids. */
		private static final int MAX_NAMES = 1000;

		private static final long RECENT_NANOS = Duration.ofSeconds(1).toNanos();

		private static final int WEIGHT = 4;

		private final Map<String, Estimate> estimates = new ConcurrentHashMap<>();

		private final LongSupplier nanoTime;

		ServiceTimes(LongSupplier nanoTime) {
			this.nanoTime = nanoTime;
		}

		/**
		 * Notes how long an operation has held its connection, or has held it when it was
		 * given up.
		 */
		void record(String operation, long nanos) {
			Estimate known = this.estimates.get(operation);
			if (known == null && this.estimates.size() < MAX_NAMES) {
				known = this.estimates.computeIfAbsent(operation, (name) -> new Estimate());
			}
			if (known != null) {
				known.add(nanos, this.nanoTime.getAsLong());
			}
		}

		/**
		 * Returns how long an operation will probably hold its connection.
		 * @return the time in nanoseconds; zero if nothing is known
		 */
		long expectedNanos(String operation) {
			Estimate known = this.estimates.get(operation);
			return (known != null) ? known.at(this.nanoTime.getAsLong()) : 0;
		}

		/**
		 * Returns how long an operation holds its connection on average.
		 * @return the time in nanoseconds; zero if nothing is known
		 */
		long meanNanos(String operation) {
			Estimate known = this.estimates.get(operation);
			return (known != null && known.at(this.nanoTime.getAsLong()) > 0) ? known.mean : 0;
		}

		/**
		 * The estimate of one operation.
		 */
		private static final class Estimate {

			private volatile long mean;

			private volatile long excess;

			private volatile long updatedAt;

			void add(long nanos, long now) {
				if (at(now) == 0) {
					this.mean = nanos;
					this.excess = 0;
				}
				else {
					long above = Math.max(0, nanos - this.mean);
					this.excess = this.excess + (above - this.excess) / WEIGHT;
					this.mean = this.mean + (nanos - this.mean) / WEIGHT;
				}
				this.updatedAt = now;
			}

			long at(long now) {
				long present = this.mean;
				return (present > 0 && now - this.updatedAt < RECENT_NANOS) ? present + 2 * this.excess : 0;
			}

		}

	}

}
