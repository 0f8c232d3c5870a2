package dev.dbpool.pool;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * The part of the engine that every caller passes: slots that are leased and released
 * without a lock, and the queue of those who wait. Nothing here blocks, and nothing here
 * opens or closes a connection: see {@link SlotKeeper}.
 * <p>
 * <b>Who may take a slot.</b> While nobody waits, whoever sees it free. While somebody
 * waits ({@link Gate}), callers join the queue instead, and a released slot goes to the
 * head of the queue without ever being free. So nobody who arrives after a waiter is
 * served before it.
 * <p>
 * <b>Why nobody is forgotten.</b> A waiter makes itself known (gate, then queue) and
 * looks at the slots after that; a thread that frees a slot looks at the gate after that.
 * All four are volatile accesses, so they have one order, and in any order one of the two
 * sees the other (Dekker's pattern). Both then do the same, {@link #serve}: claim a free
 * slot, give it to the head of the queue, until there is none of either. Every move to
 * {@code FREE} is followed by that look, also of a slot that was claimed in vain.
 * <p>
 * <b>Given up.</b> A waiter that has given up stays in the queue until it comes to its
 * head, or until half of the queue is such waiters or the last one gives up, when they
 * are swept out.
 *
 * @param <C> the type of connection
 */
final class LeaseSlots<C> {

	private static final int HINTS = 256;

	private static final int FEW_GONE = 64;

	private final SlotKeeper<C> keeper;

	private final Connector<C> connector;

	private final PoolScheduler scheduler;

	/**
	 * Whether nobody needs the times of leases to be exact, as a listener does, and the
	 * order of last uses.
	 */
	private final boolean coarse;

	private final long validateAfterIdle;

	private final boolean hottestFirst;

	private final int maxPending;

	private final boolean observed;

	private final Gate gate = new Gate();

	private final Queue<Waiter<C>> queue = new ConcurrentLinkedQueue<>();

	/** The slot used last, by a hash of the thread. Racy: wrong is only slower. */
	private final Slot<C>[] hints;

	private final AtomicInteger gone = new AtomicInteger();

	private volatile Slot<C>[] slots;

	LeaseSlots(PoolOptions options, Connector<C> connector, SlotKeeper<C> keeper) {
		this.keeper = keeper;
		this.connector = connector;
		this.scheduler = options.scheduler();
		long limit = Nanos.of(options.validateAfterIdle());
		this.validateAfterIdle = (limit == 0) ? -1 : limit;
		this.hottestFirst = options.connectionChoice() == ConnectionChoice.HOTTEST;
		this.maxPending = Math.min(options.maxPending(), Gate.MOST_WAITING);
		this.observed = options.listener() != PoolListener.NONE;
		this.coarse = !this.observed && this.hottestFirst && this.scheduler == SharedPoolScheduler.INSTANCE;
		this.slots = newSlots(0);
		this.hints = newSlots(HINTS);
		provide(options.maxConnections() * options.leasesPerConnection());
		forgetHints();
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static <C> Slot<C>[] newSlots(int count) {
		return new Slot[count];
	}

	/**
	 * Provides for a number of slots, all out at first. Slots never go away, so that
	 * their generations never start again. Called by one thread at a time.
	 */
	void provide(int count) {
		Slot<C>[] current = this.slots;
		if (count > current.length) {
			Slot<C>[] more = Arrays.copyOf(current, count);
			for (int i = current.length; i < count; i++) {
				more[i] = new PaddedSlot<>(this, i);
			}
			this.slots = more;
		}
	}

	Slot<C>[] all() {
		return this.slots;
	}

	/**
	 * Returns the leases of this moment, the oldest first.
	 */
	List<LeaseSnapshot> leases() {
		long now = now();
		return Arrays.stream(this.slots)
			.flatMap((slot) -> slot.lease(now).stream())
			.sorted(Comparator.comparing(LeaseSnapshot::age).reversed().thenComparing(LeaseSnapshot::id))
			.toList();
	}

	/**
	 * Returns the lease that began first. Sorts nothing, since callers that give up all
	 * at once ask for it all at once.
	 */
	Optional<LeaseSnapshot> oldestLease() {
		long now = now();
		Slot<C> oldest = null;
		for (Slot<C> slot : this.slots) {
			if (Slot.is(Slot.LEASED, slot.word()) && (oldest == null || slot.acquiredAt() - oldest.acquiredAt() < 0)) {
				oldest = slot;
			}
		}
		Optional<LeaseSnapshot> lease = (oldest != null) ? oldest.lease(now) : Optional.empty();
		return (oldest == null || lease.isPresent()) ? lease : leases().stream().findFirst();
	}

	/**
	 * Returns a lease that a thread holds, if there is one.
	 */
	Optional<LeaseSnapshot> leaseOf(Thread thread) {
		for (Slot<C> slot : this.slots) {
			if (slot.isHeldBy(thread)) {
				return slot.lease(now());
			}
		}
		return Optional.empty();
	}

	/**
	 * Tells whether a slot is free and may be leased as it is.
	 */
	boolean isFresh(Slot<C> slot) {
		return Slot.is(Slot.FREE, slot.word()) && slot.isFresh(now(), this.validateAfterIdle);
	}

	/**
	 * Tells whether a slot is free, though it may have to be checked first.
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
	 * Returns the time for leases. Reading the coarse clock is a load, reading the exact
	 * one costs more than all the rest of a lease.
	 */
	long now() {
		return this.coarse ? SharedPoolScheduler.INSTANCE.coarseNanoTime() : this.scheduler.nanoTime();
	}

	int waiting() {
		return this.gate.waiting();
	}

	boolean isSuspended() {
		return this.gate.isSuspended();
	}

	boolean isClosed() {
		return this.gate.isClosed();
	}

	/**
	 * Leases a free slot if there is one and nobody waits.
	 */
	@Nullable PooledLease<C> tryAcquire(LeaseOwner owner) {
		if (!this.gate.isOpen()) {
			return null;
		}
		PooledLease<C> lease = leaseFree(owner);
		if (this.observed && lease != null) {
			this.keeper.acquired(owner, 0);
		}
		return lease;
	}

	/**
	 * Leases a free slot to a caller that will not wait. Unlike {@link #tryAcquire} it is
	 * not put off by callers that are counted in only to be refused.
	 */
	@Nullable PooledLease<C> acquireOrLeave(LeaseOwner owner) {
		boolean overtakesNobody = this.queue.isEmpty() && !this.gate.isSuspended() && !this.gate.isClosed();
		PooledLease<C> lease = overtakesNobody ? leaseFree(owner) : null;
		if (this.observed && lease != null) {
			this.keeper.acquired(owner, 0);
		}
		return lease;
	}

	private @Nullable PooledLease<C> leaseFree(LeaseOwner owner) {
		Thread thread = Thread.currentThread();
		long now = now();
		if (!this.hottestFirst) {
			return leaseLeastRecentlyUsed(owner, thread, now);
		}
		int hint = (int) thread.getId() & (HINTS - 1);
		PooledLease<C> lease = tryLease(this.hints[hint], owner, thread, now);
		return (lease != null) ? lease : leaseFirst(hint, owner, thread, now);
	}

	private @Nullable PooledLease<C> leaseFirst(int hint, LeaseOwner owner, Thread thread, long now) {
		for (Slot<C> slot : this.slots) {
			PooledLease<C> lease = tryLease(slot, owner, thread, now);
			if (lease != null) {
				this.hints[hint] = slot;
				return lease;
			}
		}
		return null;
	}

	private @Nullable PooledLease<C> leaseLeastRecentlyUsed(LeaseOwner owner, Thread thread, long now) {
		for (;;) {
			Slot<C> coldest = leastRecentlyUsed(this.slots, now);
			if (coldest == null) {
				return null;
			}
			PooledLease<C> lease = tryLease(coldest, owner, thread, now);
			if (lease != null) {
				return lease;
			}
		}
	}

	private @Nullable Slot<C> leastRecentlyUsed(Slot<C>[] all, long now) {
		Slot<C> coldest = null;
		for (Slot<C> slot : all) {
			if (Slot.is(Slot.FREE, slot.word()) && slot.isFresh(now, this.validateAfterIdle)
					&& (coldest == null || slot.checkedAt() - coldest.checkedAt() < 0)) {
				coldest = slot;
			}
		}
		return coldest;
	}

	private @Nullable PooledLease<C> tryLease(Slot<C> slot, LeaseOwner owner, Thread thread, long now) {
		long word = slot.word();
		if (Slot.is(Slot.FREE, word) && slot.isFresh(now, this.validateAfterIdle)) {
			PooledLease<C> lease = new PooledLease<>(slot, Slot.nextLease(word));
			if (slot.leaseFree(word)) {
				slot.heldBy(owner, thread, now, Slot.nextLease(word));
				return lease;
			}
		}
		return null;
	}

	/**
	 * Makes threads look for the first free slot again, so that slots go cold which the
	 * load no longer needs.
	 */
	void forgetHints() {
		Arrays.fill(this.hints, this.slots[0]);
	}

	/**
	 * Ends a lease by its holder.
	 * @return whether it had not ended yet
	 */
	boolean release(Slot<C> slot, long ticket) {
		return this.observed ? releaseObserved(slot, ticket) : end(slot, ticket);
	}

	private boolean releaseObserved(Slot<C> slot, long ticket) {
		LeaseOwner owner = slot.owner(ticket).orElse(LeaseOwner.UNKNOWN);
		long held = now() - slot.acquiredAt();
		boolean ended = end(slot, ticket);
		if (ended) {
			this.keeper.released(owner, held);
		}
		return ended;
	}

	private boolean end(Slot<C> slot, long ticket) {
		if (slot.word() != ticket) {
			return releaseRetired(slot, ticket);
		}
		long now = now();
		if (slot.isExpiredSinceLastLease(now)) {
			this.keeper.expired(slot);
			return releaseRetired(slot, ticket) || releaseToReset(slot, ticket, now);
		}
		if (!isReusable(slot)) {
			return releaseToReset(slot, ticket, now);
		}
		slot.released(now);
		if (this.gate.mayServe()) {
			if (!slot.claimLeased(ticket)) {
				return releaseRetired(slot, ticket);
			}
			give(slot, Waiter::deliver);
			return true;
		}
		if (!slot.freeLeased(ticket)) {
			return releaseRetired(slot, ticket);
		}
		if (this.gate.mayServe()) {
			serve(Waiter::deliver);
		}
		return true;
	}

	private boolean isReusable(Slot<C> slot) {
		try {
			@Nullable C connection = slot.connection();
			return slot.isProved() && connection != null && this.connector.isReusable(connection);
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
		this.keeper.reset(slot);
		return true;
	}

	private boolean releaseRetired(Slot<C> slot, long ticket) {
		if (!slot.putOutRetired(ticket)) {
			return false;
		}
		this.keeper.putOut(slot);
		return true;
	}

	/**
	 * Ends a lease against its holder's will. The slot is out after that.
	 * @return whether it had not ended yet
	 */
	boolean revoke(Slot<C> slot, long ticket) {
		return slot.putOutLeased(ticket);
	}

	/**
	 * Puts a slot that is out back into use.
	 */
	void offer(Slot<C> slot, long now, Consumer<Waiter<C>> delivery) {
		slot.checked(now);
		slot.claimOut();
		give(slot, delivery);
	}

	/**
	 * Gives a claimed slot to the first who waits, or makes it free.
	 */
	void give(Slot<C> slot, Consumer<Waiter<C>> delivery) {
		boolean retired = Slot.isRetired(slot.word());
		if (!retired && this.gate.mayServe() && serveNext(slot, delivery)) {
			return;
		}
		if (free(slot) && this.gate.mayServe()) {
			serve(delivery);
		}
	}

	private boolean free(Slot<C> slot) {
		boolean free = slot.freeClaimed();
		if (!free) {
			this.keeper.putOut(slot);
		}
		return free;
	}

	/**
	 * Joins the queue, and is served at once if a slot is free.
	 */
	Admission enqueue(Waiter<C> waiter) {
		int ahead = this.gate.arrive();
		if (ahead >= this.maxPending) {
			this.gate.leave();
			return this.gate.isClosed() ? Admission.CLOSED : Admission.REJECTED;
		}
		waiter.comesAfter(ahead);
		try {
			this.queue.add(waiter);
		}
		catch (Throwable ex) {
			this.gate.leave();
			throw ex;
		}
		if (this.gate.isClosed() && cancel(waiter)) {
			return Admission.CLOSED;
		}
		serve(Waiter::deliver);
		return Admission.QUEUED;
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

	private void left() {
		this.gate.leave();
		int all = this.gone.incrementAndGet();
		int waiting = this.gate.waiting();
		boolean many = all > FEW_GONE && all > waiting;
		if ((many || waiting == 0) && this.gone.compareAndSet(all, 0)) {
			this.queue.removeIf((waiter) -> !waiter.isWaiting());
		}
	}

	/**
	 * Gives free slots to those who wait, first come first served.
	 */
	void serve(Consumer<Waiter<C>> delivery) {
		while (this.gate.mayServe() && !this.queue.isEmpty()) {
			Slot<C> slot = claimFree();
			if (slot == null) {
				return;
			}
			if (!serveNext(slot, delivery)) {
				free(slot);
			}
		}
	}

	private @Nullable Slot<C> claimFree() {
		long now = now();
		Slot<C>[] all = this.slots;
		boolean stale = false;
		if (!this.hottestFirst) {
			for (Slot<C> coldest = leastRecentlyUsed(all, now); coldest != null; coldest = leastRecentlyUsed(all,
					now)) {
				long word = coldest.word();
				if (Slot.is(Slot.FREE, word) && coldest.claimFree(word)) {
					return coldest;
				}
			}
		}
		for (Slot<C> slot : all) {
			long word = slot.word();
			if (Slot.is(Slot.FREE, word)) {
				if (!slot.isFresh(now, this.validateAfterIdle)) {
					stale = true;
				}
				else if (slot.claimFree(word)) {
					return slot;
				}
			}
		}
		if (stale) {
			this.keeper.checkStale();
		}
		return null;
	}

	private @Nullable Waiter<C> next() {
		for (Waiter<C> waiter = this.queue.poll(); waiter != null; waiter = this.queue.poll()) {
			if (waiter.select()) {
				this.gate.leave();
				return waiter;
			}
		}
		return null;
	}

	/**
	 * Gives a claimed slot to the first who waits. All that may fail comes before a
	 * waiter is selected: nobody else would serve it after that.
	 */
	private boolean serveNext(Slot<C> slot, Consumer<Waiter<C>> delivery) {
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
			return false;
		}
		slot.heldBy(waiter.owner(), waiter.thread(), now, ticket);
		slot.leaseClaimed();
		waiter.serve(lease);
		delivery.accept(waiter);
		return true;
	}

	Iterable<Waiter<C>> waiters() {
		return this.queue;
	}

	/**
	 * Lets nobody be served until {@link #resume}. Leases go on.
	 * @return whether this was news
	 */
	boolean suspend() {
		return this.gate.suspend();
	}

	boolean resume() {
		boolean news = this.gate.resume();
		serve(Waiter::deliver);
		return news;
	}

	/**
	 * Refuses everybody from now on. Those who wait are left to the caller.
	 */
	void close() {
		this.gate.close();
	}

}
