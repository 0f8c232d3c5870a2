package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.function.Consumer;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the engine that every caller passes: slots that are leased and released
 * without a lock, and the queue of waiters. Nothing here blocks, and nothing here opens
 * or closes a connection: see {@link Callbacks}.
 * <p>
 * <b>Who may take a slot.</b> While no caller waits, any caller that sees it free. While
 * a caller waits ({@link WaiterQueue}), callers join the queue instead, and a released
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
 *
 * @param <C> the type of connection
 */
final class LeaseSlots<C> extends SlotTable<C> {

	private static final Logger logger = LoggerFactory.getLogger(LeaseSlots.class);

	private final PoolListener listener;

	/** Whether the listener is notified of each lease. */
	private final boolean observed;

	private final Callbacks<C> callbacks;

	private final Connector<C> connector;

	final WaiterQueue<C> queue;

	LeaseSlots(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, PoolListener listener,
			Callbacks<C> callbacks) {
		super(options, scheduler);
		this.listener = listener;
		this.observed = listener.listensToLeases();
		this.callbacks = callbacks;
		this.connector = connector;
		this.queue = new WaiterQueue<>(options);
		provide(options.maxConnections() * options.leasesPerConnection());
		forgetHints();
	}

	/**
	 * Returns whether a slot is free for a caller that comes now.
	 */
	boolean isAnyFreeForNext() {
		return this.queue.isOpen() && isAnyFree();
	}

	/**
	 * Leases a free slot if there is one and no caller waits.
	 */
	@Nullable PooledLease<C> tryAcquire(LeaseOwner owner) {
		if (!this.queue.isOpen()) {
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
		boolean overtakesNoWaiter = this.queue.isEmpty() && !this.queue.isSuspended() && !this.queue.isClosed();
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
		if (this.queue.mayServe()) {
			if (!slot.claimLeased(ticket)) {
				return releaseRetired(slot, ticket);
			}
			give(slot, Waiter::deliver);
			return true;
		}
		if (!slot.freeLeased(ticket)) {
			return releaseRetired(slot, ticket);
		}
		if (this.queue.mayServe()) {
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
		Waiter<C> served = (!retired && this.queue.mayServe()) ? serveNext(slot) : null;
		if (served != null) {
			delivery.accept(served);
			return;
		}
		if (free(slot) && this.queue.mayServe()) {
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
		if (!this.queue.join(waiter) || (this.queue.isClosed() && this.queue.cancel(waiter))) {
			return false;
		}
		try {
			serve(Waiter::deliver);
		}
		catch (Throwable ex) {
			if (this.queue.cancel(waiter)) {
				throw ex;
			}
		}
		return true;
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
			while (this.queue.mayServe() && !this.queue.isEmpty()) {
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
		Waiter<C> waiter = this.queue.next();
		if (waiter == null) {
			return null;
		}
		slot.heldBy(waiter.owner(), waiter.thread(), now, ticket);
		slot.leaseClaimed();
		waiter.serve(lease);
		return waiter;
	}

	boolean resume() {
		boolean news = this.queue.resume();
		serve(Waiter::deliver);
		return news;
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
