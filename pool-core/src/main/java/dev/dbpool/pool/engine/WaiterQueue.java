package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import org.jspecify.annotations.Nullable;

/**
 * The callers that wait, in order of their arrival, and the one word that a caller reads
 * before it takes a free slot: how many callers wait, whether the pool is suspended, and
 * whether it is closed. It is open, for all to pass, when that word is zero. Volatile
 * throughout: the order between a change of this word and of the slots is what keeps a
 * waiter from being forgotten, see {@link LeaseSlots}.
 * <p>
 * <b>Overload.</b> With {@link QueueDiscipline#ADAPTIVE_LIFO}, the next one is that at
 * the end of the queue instead of its head, from the time-out of a waiter until no caller
 * waits. With {@link QueueDiscipline#CODEL}, that is also so from an arrival when callers
 * have waited without a pause for an interval, and such an arrival waits for a shorter
 * time. An arrival that races with the end of the wait of the last caller may be taken
 * for the one or the other side of it.
 * <p>
 * <b>Given up.</b> A waiter that has given up stays in the queue until it comes to its
 * head, or until half of the queue is such waiters or the last one gives up, when they
 * are swept out.
 *
 * @param <C> the type of connection
 */
final class WaiterQueue<C> extends LeaseSlots.Padding implements Iterable<Waiter<C>> {

	private static final int OPEN = 0;

	private static final int WAITING = (1 << 28) - 1;

	private static final int SUSPENDED = 1 << 29;

	private static final int CLOSED = 1 << 30;

	private static final int FEW_GONE = 64;

	private static final VarHandle WORD = LeaseSlots.handle(MethodHandles.lookup(), "word", int.class);

	private volatile int word;

	private volatile int maxPending;

	/** A {@link Deque} if it may be served from its other end. */
	private final Queue<Waiter<C>> queue;

	private final boolean adaptive;

	private final boolean sheds;

	private final long interval;

	private final Duration target;

	/** Whether the queue is longer than the patience of its waiters. */
	private volatile boolean overloaded;

	/** Whether callers have waited without a pause since a time. */
	private volatile boolean standing;

	private volatile long standingSince;

	private final AtomicInteger gone = new AtomicInteger();

	WaiterQueue(PoolOptions options) {
		this.adaptive = options.queueDiscipline() != QueueDiscipline.FIFO;
		this.sheds = options.queueDiscipline() == QueueDiscipline.CODEL;
		this.interval = PoolScheduler.nanos(options.queueInterval());
		// an instance of its own, to recognize waiters by
		this.target = Duration.ofNanos(PoolScheduler.nanos(options.queueTarget()));
		this.queue = this.adaptive ? new ConcurrentLinkedDeque<>() : new ConcurrentLinkedQueue<>();
		bound(options.maxPending());
	}

	/**
	 * Sets how many callers may wait.
	 */
	void bound(int most) {
		this.maxPending = Math.min(most, WAITING);
	}

	boolean isOpen() {
		return this.word == OPEN;
	}

	int waiting() {
		return this.word & WAITING;
	}

	/**
	 * Returns whether a caller waits that may be served.
	 */
	boolean mayServe() {
		int current = this.word;
		return (current & WAITING) != 0 && (current & SUSPENDED) == 0;
	}

	boolean isSuspended() {
		return (this.word & SUSPENDED) != 0;
	}

	boolean isClosed() {
		return (this.word & CLOSED) != 0;
	}

	/**
	 * Serves no caller until {@link #resume}. Leases go on.
	 * @return whether this was news
	 */
	boolean suspend() {
		return ((int) WORD.getAndBitwiseOr(this, SUSPENDED) & SUSPENDED) == 0;
	}

	/**
	 * Lets callers be served again. Those that have waited in between did so without an
	 * overload.
	 */
	boolean resume() {
		this.standing = false;
		return ((int) WORD.getAndBitwiseAnd(this, ~SUSPENDED) & SUSPENDED) != 0;
	}

	/**
	 * Lets no caller pass from now on. Waiters are left to the caller.
	 */
	void close() {
		WORD.getAndBitwiseOr(this, CLOSED);
	}

	/**
	 * Returns whether the queue is empty, of those that have given up as well.
	 */
	boolean isEmpty() {
		return this.queue.isEmpty();
	}

	@Override
	public Iterator<Waiter<C>> iterator() {
		return this.queue.iterator();
	}

	/**
	 * Returns how long the first waiter has waited that has not given up.
	 */
	Optional<Duration> oldestWait(long now) {
		for (Waiter<C> waiter : this.queue) {
			if (waiter.isWaiting()) {
				return Optional.of(Duration.ofNanos(Math.max(0, now - waiter.since)));
			}
		}
		return Optional.empty();
	}

	/**
	 * Returns how long a caller may wait that arrives now: its own time, unless that is
	 * shortened.
	 */
	Duration patience(Duration timeout, PoolScheduler clock) {
		boolean shortened = this.sheds && timeout.compareTo(this.target) > 0 && hasStood(clock.nanoTime());
		return shortened ? this.target : timeout;
	}

	/**
	 * Returns whether the timeout of a waiter was shortened.
	 */
	boolean hasShortened(Waiter<C> waiter) {
		return waiter.timeout == this.target;
	}

	/**
	 * Joins the queue, if not too many wait already.
	 */
	boolean join(Waiter<C> waiter) {
		int ahead = (int) WORD.getAndAdd(this, 1) & WAITING;
		if (ahead >= this.maxPending) {
			leave();
			return false;
		}
		if (waiter instanceof BlockingWaiter<C> thread) {
			thread.ahead = ahead;
		}
		if (this.sheds) {
			noteStanding(waiter.since);
		}
		try {
			this.queue.add(waiter);
		}
		catch (Throwable ex) {
			leave();
			throw ex;
		}
		return true;
	}

	private void noteStanding(long now) {
		if (!this.standing) {
			this.standingSince = now;
			this.standing = true;
		}
		else if (!this.overloaded && hasStood(now)) {
			this.overloaded = true;
		}
	}

	private boolean hasStood(long now) {
		return this.standing && now - this.standingSince > this.interval && !isSuspended();
	}

	/**
	 * Counts a caller out.
	 * @return how many wait now
	 */
	private int leave() {
		int waiting = ((int) WORD.getAndAdd(this, -1) - 1) & WAITING;
		if (waiting == 0 && (this.overloaded || this.standing)) {
			this.overloaded = false;
			this.standing = false;
		}
		return waiting;
	}

	/**
	 * Takes a waiter out of the wait that gives up, or is refused.
	 * @return whether it still waited; if not, it has an outcome or will get one
	 */
	boolean cancel(Waiter<C> waiter) {
		return takeOut(waiter, false);
	}

	/**
	 * Takes a waiter out of the wait whose time is over.
	 */
	boolean expire(Waiter<C> waiter) {
		return takeOut(waiter, this.adaptive);
	}

	private boolean takeOut(Waiter<C> waiter, boolean overload) {
		if (!waiter.takeOut()) {
			return false;
		}
		if (overload) {
			this.overloaded = true;
		}
		int waiting = leave();
		int all = this.gone.incrementAndGet();
		boolean many = all > FEW_GONE && all > waiting;
		if ((many || waiting == 0) && this.gone.compareAndSet(all, 0)) {
			this.queue.removeIf((one) -> !one.isWaiting());
		}
		return true;
	}

	/**
	 * Selects the waiter that is served next.
	 */
	@Nullable Waiter<C> next() {
		for (Waiter<C> waiter = poll(); waiter != null; waiter = poll()) {
			if (waiter.takeOut()) {
				leave();
				return waiter;
			}
		}
		return null;
	}

	private @Nullable Waiter<C> poll() {
		return this.overloaded ? ((Deque<Waiter<C>>) this.queue).pollLast() : this.queue.poll();
	}

}
