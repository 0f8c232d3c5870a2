package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the engine that every caller passes: slots that are leased and released
 * without a lock, and the queue of waiters. Nothing here blocks, and nothing here opens
 * or closes a connection: see {@link Callbacks}. Of several free slots a caller gets the
 * thread's own last one or else the first, or the one unused for longest.
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
final class LeaseSlots<C> {

	private static final Logger logger = LoggerFactory.getLogger(LeaseSlots.class);

	private static final int HINTS = 256;

	/** The watch marks idle slots in good time for no shorter limit. */
	private static final Duration SHORTEST_WATCHED = Duration.ofSeconds(1);

	/** The name of the pool. */
	final String pool;

	final WaiterQueue<C> queue;

	private final PoolListener listener;

	/** Whether the listener is notified of each lease. */
	final boolean observed;

	private final Callbacks<C> callbacks;

	private final Connector<C> connector;

	private final PoolScheduler scheduler;

	/**
	 * Notes the times of leases; {@code null} if each lease notes its own, since they or
	 * the order of last uses have to be exact.
	 */
	private final @Nullable SlotWatch watch;

	private final long validateAfterIdle;

	private final boolean hottestFirst;

	/** The slot used last, by a hash of the thread. Racy: wrong is only slower. */
	private final Slot<C>[] hints;

	/** Stands for free slots that have to be checked before they are leased. */
	private final Slot<C> stale;

	/**
	 * All slots that there ever were, so that their generations never start again. Only
	 * {@link #provide} sets this and the next field.
	 */
	volatile Slot<C>[] all;

	/**
	 * Those of them that the pool needs at its size, where callers look for a free one.
	 */
	volatile Slot<C>[] slots;

	LeaseSlots(PoolOptions options, PoolScheduler scheduler, Connector<C> connector, PoolListener listener,
			Callbacks<C> callbacks) {
		this.pool = options.name();
		this.queue = new WaiterQueue<>(options);
		this.listener = listener;
		this.observed = listener.listensToLeases();
		this.callbacks = callbacks;
		this.connector = connector;
		this.scheduler = scheduler;
		this.hottestFirst = options.connectionChoice() == ConnectionChoice.HOTTEST;
		this.validateAfterIdle = PoolScheduler.nanos(options.validateAfterIdle());
		PoolScheduler forWatch = scheduler.forWatch();
		boolean watched = !this.observed && this.hottestFirst
				&& options.validateAfterIdle().compareTo(SHORTEST_WATCHED) >= 0;
		this.watch = (watched && forWatch != null) ? new SlotWatch(this, forWatch) : null;
		this.stale = new Slot<>(this, -1);
		this.hints = newSlots(HINTS);
		this.all = newSlots(0);
		this.slots = this.all;
		provide(options.maxConnections() * options.leasesPerConnection());
		forgetHints();
	}

	/**
	 * Gives the class that looks up access to one of its fields.
	 */
	static VarHandle handle(MethodHandles.Lookup lookup, String field, Class<?> type) {
		try {
			return lookup.findVarHandle(lookup.lookupClass(), field, type);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static <C> Slot<C>[] newSlots(int count) {
		return new Slot[count];
	}

	/**
	 * Provides for a number of slots. New ones are out at first; those that are left out
	 * from now on must be. Called by one thread at a time.
	 */
	void provide(int count) {
		int known = this.all.length;
		if (count > known) {
			Slot<C>[] more = Arrays.copyOf(this.all, count);
			for (int i = known; i < count; i++) {
				more[i] = new Slot<>(this, i);
			}
			this.all = more;
		}
		if (count != this.slots.length) {
			this.slots = Arrays.copyOf(this.all, count);
		}
	}

	/**
	 * Returns the slot of a lease, if there ever was such a slot.
	 */
	@Nullable Slot<C> slotOf(long leaseId) {
		Slot<C>[] known = this.all;
		int index = Slot.indexOf(leaseId);
		return (leaseId > 0 && index < known.length) ? known[index] : null;
	}

	long now() {
		return this.scheduler.nanoTime();
	}

	/**
	 * Returns whether the times of leases are noted by the watch, not by the leases.
	 */
	boolean isWatched() {
		return this.watch != null;
	}

	/**
	 * Sees to it that the watch looks at the slots, if there is one.
	 */
	void inUse() {
		if (this.watch != null) {
			this.watch.inUse();
		}
	}

	/**
	 * Returns whether a slot is free and may be leased without a check.
	 */
	boolean isFresh(Slot<C> slot) {
		long word = slot.word();
		return Slot.isWarm(word) || (Slot.is(Slot.FREE, word) && this.validateAfterIdle > 0
				&& now() - slot.checkedAt <= this.validateAfterIdle);
	}

	/**
	 * Returns whether a slot is free, though it may have to be checked first.
	 */
	boolean isAnyFree() {
		for (Slot<C> slot : this.slots) {
			if (Slot.is(Slot.FREE, slot.word())) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Leases a free slot if there is one and no caller waits.
	 */
	@Nullable PooledLease<C> tryAcquire(LeaseOwner owner) {
		return this.queue.isOpen() ? leaseObserved(owner) : null;
	}

	private @Nullable PooledLease<C> leaseObserved(LeaseOwner owner) {
		PooledLease<C> lease = leaseFree(owner);
		if (this.observed && lease != null) {
			this.listener.onLeaseAcquired(owner, Duration.ZERO);
		}
		return lease;
	}

	/**
	 * Leases a free slot, if there is one. A lease is made in one place, and the search
	 * is out of line: so this stays small enough for the compiler to build it into its
	 * callers, where it sees that most leases need no memory. It is made before the slot
	 * is taken, so that nothing can fail after that, or take long.
	 */
	private @Nullable PooledLease<C> leaseFree(LeaseOwner owner) {
		Thread thread = Thread.currentThread();
		int hint = (int) thread.getId() & (HINTS - 1);
		Slot<C> slot = this.hottestFirst ? this.hints[hint] : search(hint);
		while (slot != null) {
			long word = slot.word();
			if (Slot.isWarm(word)) {
				PooledLease<C> lease = new PooledLease<>(slot, Slot.nextLease(word));
				if (slot.leaseFree(word)) {
					if (this.watch == null) {
						slot.begun(now());
					}
					slot.heldBy(owner, thread, Slot.nextLease(word));
					return lease;
				}
			}
			slot = search(hint);
		}
		return null;
	}

	/**
	 * Looks for a slot that may be leased without a check, the thread's own last one
	 * first, marks it so, and remembers it for the next time.
	 */
	private @Nullable Slot<C> search(int hint) {
		Slot<C> last = this.hints[hint];
		Slot<C> slot = (this.hottestFirst && isFresh(last)) ? last : findFree();
		if (slot == null || slot == this.stale) {
			return null;
		}
		if (this.hottestFirst) {
			this.hints[hint] = slot;
		}
		slot.warm();
		inUse();
		return slot;
	}

	/**
	 * Looks for the slot that is to be leased next.
	 * @return the slot, {@link #stale} if there are only free ones that have to be
	 * checked first, or {@code null} if none is free
	 */
	private @Nullable Slot<C> findFree() {
		Slot<C> found = null;
		for (Slot<C> slot : this.slots) {
			if (isFresh(slot)) {
				if (this.hottestFirst) {
					return slot;
				}
				if (found == null || found == this.stale || slot.checkedAt - found.checkedAt < 0) {
					found = slot;
				}
			}
			else if (found == null && Slot.is(Slot.FREE, slot.word())) {
				found = this.stale;
			}
		}
		return found;
	}

	/**
	 * Makes threads look for the first free slot again, so that slots go cold which the
	 * load no longer needs.
	 */
	void forgetHints() {
		Arrays.fill(this.hints, (this.slots.length > 0) ? this.slots[0] : this.stale);
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
		return (this.watch != null) ? end(slot, ticket) : releaseTimed(slot, ticket);
	}

	/**
	 * Notes the time of the end, before the slot may be leased again.
	 */
	private boolean releaseTimed(Slot<C> slot, long ticket) {
		if (Slot.ticket(slot.word()) != ticket) {
			return false;
		}
		LeaseOwner owner = slot.owner(ticket).orElse(LeaseOwner.UNKNOWN);
		long now = now();
		long held = now - slot.acquiredAt(now);
		slot.released(now);
		if (!end(slot, ticket)) {
			return false;
		}
		slot.addHeld(held);
		if (this.observed) {
			this.listener.onLeaseReleased(owner, Duration.ofNanos(held));
		}
		return true;
	}

	/**
	 * Ends a lease without a word to listeners.
	 */
	private boolean end(Slot<C> slot, long ticket) {
		boolean reusable = slot.word() == ticket && slot.proved && isUnused(slot);
		boolean claims = !reusable || this.queue.mayServe();
		if (!(claims ? slot.claimLeased(ticket) : slot.freeLeased(ticket))) {
			return releaseRetired(slot, ticket);
		}
		if (!reusable) {
			this.callbacks.reset(slot);
		}
		else if (claims) {
			give(slot, Waiter::deliver);
		}
		else if (this.queue.mayServe()) {
			serve(Waiter::deliver);
		}
		return true;
	}

	/**
	 * Returns whether the connection of a slot has nothing to do.
	 */
	boolean isUnused(Slot<C> slot) {
		try {
			@Nullable C connection = slot.connection;
			return connection != null && this.connector.isReusable(connection);
		}
		catch (Throwable ex) {
			return false;
		}
	}

	private boolean releaseRetired(Slot<C> slot, long ticket) {
		boolean retired = slot.detachRetired(ticket);
		if (retired) {
			this.callbacks.detached(slot);
		}
		return retired;
	}

	/**
	 * Ends a lease against its holder's will. The slot is out after that.
	 * @return whether it had not ended yet
	 */
	boolean revoke(Slot<C> slot, long ticket) {
		if (!slot.detachLeased(ticket)) {
			return false;
		}
		if (this.watch == null) {
			long now = now();
			slot.addHeld(now - slot.acquiredAt(now));
		}
		return true;
	}

	/**
	 * Notes that the connection of a claimed slot works.
	 */
	void checked(Slot<C> slot) {
		if (this.watch == null) {
			slot.checked(now());
		}
	}

	/**
	 * Puts a slot that is out back into use.
	 */
	void offer(Slot<C> slot, long now, Consumer<Waiter<C>> delivery) {
		slot.checked(now);
		slot.claimDetached();
		inUse();
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
		}
		else if (free(slot) && this.queue.mayServe()) {
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
		List<Waiter<C>> served = List.of();
		boolean onlyStale = false;
		try {
			while (this.queue.mayServe() && !this.queue.isEmpty() && isAnyFree()) {
				served = withRoom(served);
				Slot<C> slot = findFree();
				onlyStale = slot == this.stale;
				if (slot == null || onlyStale) {
					break;
				}
				if (slot.claimFree()) {
					inUse();
					Waiter<C> next = serveNext(slot);
					if (next != null) {
						served.add(next);
					}
					else {
						free(slot);
					}
				}
			}
		}
		finally {
			served.forEach((waiter) -> notify(waiter, delivery));
		}
		if (onlyStale) {
			this.callbacks.checkStale();
		}
	}

	/**
	 * Makes room for one more, before a waiter is selected that must not be lost.
	 */
	private static <T> List<T> withRoom(List<T> list) {
		ArrayList<T> growing = (list instanceof ArrayList<T> known) ? known : new ArrayList<>();
		growing.ensureCapacity(growing.size() + 1);
		return growing;
	}

	/**
	 * Notifies a waiter. Should that fail, the waiters behind it are notified
	 * nevertheless.
	 */
	static <C> void notify(Waiter<C> waiter, Consumer<Waiter<C>> notification) {
		try {
			notification.accept(waiter);
		}
		catch (Throwable ex) {
			logger.error("{} could not be notified", waiter.owner, ex);
		}
	}

	/**
	 * Gives a claimed slot to the first who waits. All that may fail comes before a
	 * waiter is selected: no other thread would serve it after that.
	 * @return the waiter, which is not notified yet
	 */
	private @Nullable Waiter<C> serveNext(Slot<C> slot) {
		long ticket = Slot.nextLease(slot.word());
		PooledLease<C> lease;
		try {
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
		if (this.watch == null) {
			slot.begun(now());
		}
		slot.heldBy(waiter.owner, waiter.thread(), ticket);
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

	/**
	 * Keeps the fields of a {@link Slot} off the cache lines of what lies before it in
	 * memory. Processors fetch lines of 64 bytes in pairs, hence 128.
	 */
	abstract static class Padding {

		long before0, before1, before2, before3, before4, before5, before6, before7;

		long before8, before9, before10, before11, before12, before13, before14, before15;

	}

}
