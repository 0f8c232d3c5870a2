package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.QueueDiscipline;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the engine that every caller passes: slots that are leased and released
 * without a lock, and the queue of waiters. Nothing here blocks, and nothing here opens
 * or closes a connection: see {@link Callbacks}.
 * <p>
 * <b>Who may take a slot.</b> While no caller waits, any caller that sees it free. While
 * a caller waits ({@link PendingState}), callers join the queue instead, and a released
 * slot goes to the head of the queue without ever being free. So no caller that arrives
 * after a waiter is served before it.
 * <p>
 * <b>Why no waiter is forgotten.</b> A waiter makes itself known (pending state, then
 * queue) and looks at the slots after that; a thread that frees a slot looks at the
 * pending state after that. All four are volatile accesses, so they have one order, and
 * in any order one of the two sees the other (Dekker's pattern). Both then do the same,
 * {@link #serve}: claim a free slot, give it to the head of the queue, until there is
 * none of either. Every move to {@code FREE} is followed by that look, also of a slot
 * that was claimed without result. Every waiter looks, though the first could do it for
 * all: should that one be held up just then, the others do not wait for it.
 * <p>
 * <b>Overload.</b> With {@link QueueDiscipline#ADAPTIVE_LIFO}, a slot goes to the end of
 * the queue instead of its head, from the time-out of a waiter until no caller waits.
 * <p>
 * <b>Given up.</b> A waiter that has given up stays in the queue until it comes to its
 * head, or until half of the queue is such waiters or the last one gives up, when they
 * are swept out.
 *
 * @param <C> the type of connection
 */
final class LeaseSlots<C> extends SlotTable<C> {

	private static final Logger logger = LoggerFactory.getLogger(LeaseSlots.class);

	private static final int FEW_GONE = 64;

	private final PoolListener listener;

	/** Whether the listener is notified of each lease. */
	private final boolean observed;

	private final Callbacks<C> callbacks;

	private final Connector<C> connector;

	private volatile int maxPending;

	private final PendingState pending = new PendingState();

	/** A {@link Deque} if it may be served from its other end. */
	private final Queue<Waiter<C>> queue;

	private final boolean adaptive;

	/** Whether the queue is longer than the patience of its waiters. */
	private volatile boolean overloaded;

	private final AtomicInteger gone = new AtomicInteger();

	LeaseSlots(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, PoolListener listener,
			Callbacks<C> callbacks) {
		super(options, scheduler);
		this.listener = listener;
		this.observed = listener.listensToLeases();
		this.callbacks = callbacks;
		this.connector = connector;
		this.adaptive = options.queueDiscipline() == QueueDiscipline.ADAPTIVE_LIFO;
		this.queue = this.adaptive ? new ConcurrentLinkedDeque<>() : new ConcurrentLinkedQueue<>();
		boundWaiters(options.maxPending());
		provide(options.maxConnections() * options.leasesPerConnection());
		forgetHints();
	}

	/**
	 * Sets how many callers may wait.
	 */
	void boundWaiters(int most) {
		this.maxPending = Math.min(most, PendingState.MOST_WAITING);
	}

	/**
	 * Returns whether a waiter is in the queue that has not given up.
	 */
	boolean isAnyQueued() {
		for (Waiter<C> waiter : this.queue) {
			if (waiter.isWaiting()) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns whether a slot is free for a caller that comes now.
	 */
	boolean isAnyFreeForNext() {
		return this.pending.isOpen() && isAnyFree();
	}

	int waiting() {
		return this.pending.waiting();
	}

	boolean isSuspended() {
		return this.pending.isSuspended();
	}

	boolean isClosed() {
		return this.pending.isClosed();
	}

	/**
	 * Leases a free slot if there is one and no caller waits.
	 */
	@Nullable PooledLease<C> tryAcquire(LeaseOwner owner) {
		if (!this.pending.isOpen()) {
			return null;
		}
		return leaseObserved(owner);
	}

	private @Nullable PooledLease<C> leaseObserved(LeaseOwner owner) {
		PooledLease<C> lease = leaseFree(owner);
		if (this.observed && lease != null) {
			this.listener.onLeaseAcquired(owner, Duration.ZERO);
		}
		return lease;
	}

	/**
	 * Leases a free slot to a caller that will not wait. Unlike {@link #tryAcquire} it is
	 * not put off by callers that are counted in only to be refused.
	 */
	@Nullable PooledLease<C> acquireOrLeave(LeaseOwner owner) {
		boolean overtakesNoWaiter = this.queue.isEmpty() && !this.pending.isSuspended() && !this.pending.isClosed();
		return overtakesNoWaiter ? leaseObserved(owner) : null;
	}

	/**
	 * Ends a lease by its holder.
	 * @return whether it had not ended yet
	 */
	boolean release(Slot<C> slot, long ticket) {
		return this.observed ? releaseObserved(slot, ticket) : end(slot, ticket, now());
	}

	private boolean releaseObserved(Slot<C> slot, long ticket) {
		LeaseOwner owner = slot.owner(ticket).orElse(LeaseOwner.UNKNOWN);
		long now = now();
		long held = now - slot.acquiredAt();
		boolean ended = end(slot, ticket, now);
		if (ended) {
			this.listener.onLeaseReleased(owner, Duration.ofNanos(held));
		}
		return ended;
	}

	/**
	 * Ends a lease without a word to listeners.
	 */
	private boolean end(Slot<C> slot, long ticket, long now) {
		if (slot.word() != ticket) {
			return releaseRetired(slot, ticket);
		}
		if (!isReusable(slot)) {
			return releaseToReset(slot, ticket, now);
		}
		slot.released(now);
		if (this.pending.mayServe()) {
			if (!slot.claimLeased(ticket)) {
				return releaseRetired(slot, ticket);
			}
			give(slot, Waiter::deliver);
			return true;
		}
		if (!slot.freeLeased(ticket)) {
			return releaseRetired(slot, ticket);
		}
		if (this.pending.mayServe()) {
			serve(Waiter::deliver);
		}
		return true;
	}

	private boolean isReusable(Slot<C> slot) {
		return slot.isProved() && isUnused(slot);
	}

	/**
	 * Returns whether the connection of a slot has nothing to do.
	 */
	boolean isUnused(Slot<C> slot) {
		try {
			@Nullable C connection = slot.connection();
			return connection != null && this.connector.isReusable(connection);
		}
		catch (Throwable ex) {
			return false;
		}
	}

	private boolean releaseToReset(Slot<C> slot, long ticket, long now) {
		if (!slot.claimLeased(ticket)) {
			return releaseRetired(slot, ticket);
		}
		slot.released(now);
		this.callbacks.reset(slot);
		return true;
	}

	private boolean releaseRetired(Slot<C> slot, long ticket) {
		if (!slot.detachRetired(ticket)) {
			return false;
		}
		slot.addHeld(now());
		this.callbacks.detached(slot);
		return true;
	}

	/**
	 * Ends a lease against its holder's will. The slot is out after that.
	 * @return whether it had not ended yet
	 */
	boolean revoke(Slot<C> slot, long ticket) {
		return slot.detachLeased(ticket);
	}

	/**
	 * Puts a slot that is out back into use.
	 */
	void offer(Slot<C> slot, long now, Consumer<Waiter<C>> delivery) {
		slot.checked(now);
		slot.claimDetached();
		give(slot, delivery);
	}

	/**
	 * Gives a claimed slot to the first who waits, or makes it free.
	 */
	void give(Slot<C> slot, Consumer<Waiter<C>> delivery) {
		boolean retired = Slot.isRetired(slot.word());
		Waiter<C> served = (!retired && this.pending.mayServe()) ? serveNext(slot) : null;
		if (served != null) {
			delivery.accept(served);
			return;
		}
		if (free(slot) && this.pending.mayServe()) {
			serve(delivery);
		}
	}

	private boolean free(Slot<C> slot) {
		boolean free = slot.freeClaimed();
		if (!free) {
			this.callbacks.detached(slot);
		}
		return free;
	}

	/**
	 * Joins the queue, and is served immediately if a slot is free for it.
	 * @return whether the caller waits, or has been served; if not, too many wait
	 * already, or the pool is closed
	 */
	boolean enqueue(Waiter<C> waiter) {
		int ahead = this.pending.arrive();
		if (ahead >= this.maxPending) {
			this.pending.leave();
			return false;
		}
		waiter.comesAfter(ahead);
		try {
			this.queue.add(waiter);
		}
		catch (Throwable ex) {
			this.pending.leave();
			throw ex;
		}
		if (this.pending.isClosed() && cancel(waiter)) {
			return false;
		}
		try {
			serve(Waiter::deliver);
		}
		catch (Throwable ex) {
			if (cancel(waiter)) {
				throw ex;
			}
		}
		return true;
	}

	/**
	 * Takes a waiter out of the wait.
	 * @return whether it still waited; if not, it has an outcome or will get one
	 */
	boolean cancel(Waiter<C> waiter) {
		if (!waiter.giveUp()) {
			return false;
		}
		left();
		return true;
	}

	/**
	 * Takes a waiter out of the wait to refuse it.
	 */
	boolean select(Waiter<C> waiter) {
		if (!waiter.select()) {
			return false;
		}
		left();
		return true;
	}

	/**
	 * Takes a waiter out of the wait whose time is over.
	 */
	boolean expire(Waiter<C> waiter) {
		if (!waiter.select()) {
			return false;
		}
		this.overloaded = this.adaptive;
		left();
		return true;
	}

	private void left() {
		int waiting = leave();
		int all = this.gone.incrementAndGet();
		boolean many = all > FEW_GONE && all > waiting;
		if ((many || waiting == 0) && this.gone.compareAndSet(all, 0)) {
			this.queue.removeIf((waiter) -> !waiter.isWaiting());
		}
	}

	/**
	 * Counts a caller out.
	 * @return how many wait now
	 */
	private int leave() {
		int waiting = this.pending.leave();
		if (waiting == 0 && this.overloaded) {
			this.overloaded = false;
		}
		return waiting;
	}

	/**
	 * Gives free slots to waiters, first come first served, and notifies them after that,
	 * since what runs then may take a while. Sees to slots last that are free but have to
	 * be checked first.
	 */
	void serve(Consumer<Waiter<C>> delivery) {
		Waiter<C> first = null;
		Waiter<C> last = null;
		boolean onlyStale = false;
		try {
			while (this.pending.mayServe() && !this.queue.isEmpty()) {
				Slot<C> slot = claimFree();
				onlyStale = slot == this.stale;
				if (slot == null || onlyStale) {
					break;
				}
				Waiter<C> served = serveNext(slot);
				if (served == null) {
					free(slot);
				}
				else if (last == null) {
					first = served;
					last = served;
				}
				else {
					last.precedes(served);
					last = served;
				}
			}
		}
		finally {
			deliverAll(first, delivery);
		}
		if (onlyStale) {
			this.callbacks.checkStale();
		}
	}

	private static <C> void deliverAll(@Nullable Waiter<C> first, Consumer<Waiter<C>> delivery) {
		for (Waiter<C> waiter = first; waiter != null; waiter = waiter.next()) {
			try {
				delivery.accept(waiter);
			}
			catch (Throwable ex) {
				logger.error("{} could not be notified of its lease", waiter.owner(), ex);
			}
		}
	}

	private @Nullable Waiter<C> next() {
		for (Waiter<C> waiter = poll(); waiter != null; waiter = poll()) {
			if (waiter.select()) {
				leave();
				return waiter;
			}
		}
		return null;
	}

	private @Nullable Waiter<C> poll() {
		return this.overloaded ? ((Deque<Waiter<C>>) this.queue).pollLast() : this.queue.poll();
	}

	/**
	 * Gives a claimed slot to the first who waits. All that may fail comes before a
	 * waiter is selected: no other thread would serve it after that.
	 * @return the waiter, which is not notified yet
	 */
	private @Nullable Waiter<C> serveNext(Slot<C> slot) {
		long ticket = Slot.nextLease(slot.word());
		long now;
		PooledLease<C> lease;
		try {
			now = now();
			lease = new PooledLease<>(slot, ticket);
		}
		catch (Throwable ex) {
			free(slot);
			throw ex;
		}
		Waiter<C> waiter = next();
		if (waiter == null) {
			return null;
		}
		slot.heldBy(waiter.owner(), waiter.thread(), now, ticket);
		slot.leaseClaimed();
		waiter.serve(lease);
		return waiter;
	}

	Iterable<Waiter<C>> waiters() {
		return this.queue;
	}

	/**
	 * Returns how long the first waiter of the queue has waited.
	 */
	Optional<Duration> oldestWaiter(long now) {
		for (Waiter<C> waiter : this.queue) {
			if (waiter.isWaiting()) {
				return Optional.of(Duration.ofNanos(Math.max(0, now - waiter.since())));
			}
		}
		return Optional.empty();
	}

	/**
	 * Serves no caller until {@link #resume}. Leases go on.
	 * @return whether this was news
	 */
	boolean suspend() {
		return this.pending.suspend();
	}

	boolean resume() {
		boolean news = this.pending.resume();
		serve(Waiter::deliver);
		return news;
	}

	/**
	 * Rejects all callers from now on. Waiters are left to the caller.
	 */
	void close() {
		this.pending.close();
	}

	/**
	 * What the slots leave to the life cycle of connections. Called from any thread, with
	 * nothing locked.
	 *
	 * @param <C> the type of connection
	 */
	interface Callbacks<C> {

		/**
		 * Makes a connection ready for the next lease. Its slot is claimed for that, and
		 * has to be given back, or put out.
		 */
		void reset(Slot<C> slot);

		/**
		 * A retired slot has been put out.
		 */
		void detached(Slot<C> slot);

		/**
		 * Callers wait while a connection is free that has to be checked first.
		 */
		void checkStale();

	}

}
