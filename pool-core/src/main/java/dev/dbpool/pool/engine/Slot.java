package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolOptions;
import org.jspecify.annotations.Nullable;

/**
 * Room for one lease at a time on an open connection. All that decides who may touch it
 * is in one word: its status, one bit more, and its generation, which is the number of
 * leases that it has served. The bit says of a slot in use that it is to be retired, and
 * of a free one that it is <i>cold</i>: the clock decides whether the connection has to
 * be checked before it is leased.
 * <p>
 * <pre>
 * DETACHED(g) ---offer---> FREE(g) ---acquire---> LEASED(g+1) ---release---> FREE(g+1)
 *    ^                 |   ^                  |      |
 *    |<----withdraw----'   |                  |      '--release, hand over--.
 *    |                     |                  |                             v
 *    |<--------------------|------revoke------'      LEASED(g+2) <--- CLAIMED(g+1)
 *    |                     '--------------no caller waits---------------------'|
 *    '<------------------ LEASED, CLAIMED, if retired --------------------'
 * </pre> Who owns the fields: in {@code FREE} no thread, in {@code LEASED} the holder of
 * the lease, in {@code CLAIMED} the one thread that claimed it, in {@code DETACHED} the
 * life cycle, under its lock. Each move is a compare-and-set of the whole word by the
 * owner (or, from {@code FREE}, by any thread), so it is also the happens-before edge
 * from one owner to the next. Only {@code RETIRED} is set by others, on {@code LEASED}
 * and {@code CLAIMED}: it makes the owner's next move fail, who then puts the slot out.
 * {@code COLD} is set on {@code FREE} by {@link SlotWatch}, or by the release if each
 * lease notes its own times.
 * <p>
 * The ticket of a lease is the word {@code LEASED(g)}. It never comes back, so a lease
 * that has ended can do nothing to a later one.
 *
 * @param <C> the type of connection
 */
final class Slot<C> extends LeaseSlots.Padding {

	static final long DETACHED = 0;

	static final long FREE = 1;

	static final long CLAIMED = 2;

	static final long LEASED = 3;

	private static final long STATUS = 3;

	private static final long RETIRED = 4;

	private static final long COLD = 4;

	private static final long MARK = RETIRED | COLD;

	private static final long GENERATION = 8;

	private static final int GENERATION_SHIFT = 3;

	static final int MOST_SLOTS = PoolOptions.MAX_LEASES;

	private static final int INDEX_BITS = Integer.numberOfTrailingZeros(MOST_SLOTS);

	private static final VarHandle WORD = LeaseSlots.handle(MethodHandles.lookup(), "word", long.class);

	private static final VarHandle HELD = LeaseSlots.handle(MethodHandles.lookup(), "held", long.class);

	private static final VarHandle OWNER_TICKET = LeaseSlots.handle(MethodHandles.lookup(), "ownerTicket", long.class);

	final LeaseSlots<C> slots;

	final int index;

	private volatile long word;

	/** The last time at which the connection was known to work. */
	long checkedAt;

	/** When the last lease ended, or else the connection was opened. */
	long releasedAt;

	private long acquiredAt;

	private long renewedAt;

	/** How long the leases were held that have ended here, in sum. */
	volatile long held;

	/** What the word was at the last look of the watch, without the mark. */
	private volatile long seen;

	/** The lease that owner, thread and times are of; written after them. */
	private long ownerTicket;

	/** Whether a lease or a check has shown that the connection works. */
	volatile boolean proved;

	private @Nullable LeaseOwner owner;

	private @Nullable Thread thread;

	private volatile @Nullable PooledConnection<C> pooled;

	/** The connection itself, until it is closed; of a lease, if that is active after. */
	@Nullable C connection;

	/**
	 * The generation of the last lease on the connection before this one. Written before
	 * {@link #pooled} and read after it, so that no lease gets a later connection.
	 */
	private volatile long boundAt;

	/** The last lease here that was revoked. */
	volatile @Nullable RevokedLease lastRevoked;

	/**
	 * The last lease here that was reported as leaked; guarded by the life cycle's lock.
	 */
	private long leakedId;

	Slot(LeaseSlots<C> slots, int index) {
		this.slots = slots;
		this.index = index;
	}

	/**
	 * Puts a connection into this slot, which is out.
	 */
	void bind(PooledConnection<C> connectionToLease, C opened, long now) {
		this.boundAt = generation(this.word);
		this.pooled = connectionToLease;
		this.connection = opened;
		this.checkedAt = now;
		this.releasedAt = now;
		this.renewedAt = now;
		this.proved = false;
		OWNER_TICKET.setRelease(this, 0L);
	}

	/**
	 * Lets go of a connection that is closed, and of the thread that used it last. The
	 * slot is out.
	 */
	void unbind() {
		this.connection = null;
		this.thread = null;
	}

	PooledConnection<C> pooled() {
		return Objects.requireNonNull(this.pooled, "nothing was ever bound to this slot");
	}

	long word() {
		return this.word;
	}

	static boolean is(long status, long word) {
		return (word & STATUS) == status;
	}

	static boolean isRetired(long word) {
		return (word & RETIRED) != 0 && !is(FREE, word);
	}

	/**
	 * Returns whether the slot may be leased as it is.
	 */
	static boolean isWarm(long word) {
		return (word & (STATUS | MARK)) == FREE;
	}

	/**
	 * Returns how many leases the slot had served when it had this word.
	 */
	static long generation(long word) {
		return word >>> GENERATION_SHIFT;
	}

	/**
	 * Returns the ticket of the lease that holds the slot, retired or not.
	 */
	static long ticket(long leased) {
		return leased & ~RETIRED;
	}

	void checked(long now) {
		this.checkedAt = now;
	}

	/**
	 * Notes when a lease began, if leases note their own times.
	 */
	void begun(long now) {
		this.acquiredAt = now;
	}

	/**
	 * Notes the end of a lease, which shows at the same time that the connection works,
	 * if leases note their own times.
	 */
	void released(long now) {
		this.checkedAt = now;
		this.releasedAt = now;
	}

	/**
	 * Adds the time of a lease that has ended. The next one may be ending, too.
	 */
	void addHeld(long nanos) {
		HELD.getAndAdd(this, Math.max(0, nanos));
	}

	/**
	 * Notes the times of leases, and marks a slot as cold that has not changed since the
	 * last look. A lease counts as begun with the first look that sees it, and as ended
	 * with the first that does not, so in sum as long as it was, and a connection as
	 * unused since the look before that.
	 * @return whether the slot is in use
	 */
	boolean look(long now, long lastLook) {
		long current = this.word;
		long state = current & ~MARK;
		if (state == this.seen) {
			if (isWarm(current)) {
				compareAndSet(current, current | COLD);
			}
		}
		else {
			note(state, now, lastLook);
		}
		return !is(DETACHED, current) && !(is(FREE, current) && !isWarm(current));
	}

	private void note(long state, long now, long lastLook) {
		long before = this.seen;
		if (is(LEASED, before)) {
			addHeld(now - this.acquiredAt);
		}
		boolean used = is(LEASED, before) || is(CLAIMED, before) || generation(state) != generation(before);
		if (used && lastLook - this.releasedAt > 0) {
			this.releasedAt = lastLook;
		}
		if (used && lastLook - this.checkedAt > 0) {
			this.checkedAt = lastLook;
		}
		if (is(LEASED, state)) {
			this.acquiredAt = now;
		}
		this.seen = state;
	}

	/**
	 * Moves from {@code FREE(g)} to {@code LEASED(g+1)}.
	 * @param free the word of which it is known that it says free
	 */
	boolean leaseFree(long free) {
		return compareAndSet(free, nextLease(free));
	}

	static long nextLease(long word) {
		return (word & ~(STATUS | MARK)) + GENERATION + LEASED;
	}

	/**
	 * Takes the mark off a slot that is free and cold. Most slots that a search finds are
	 * warm, and are only read.
	 */
	void warm() {
		if (!isWarm(this.word)) {
			moveFree(FREE);
		}
	}

	/**
	 * Moves from {@code FREE} to {@code CLAIMED}.
	 */
	boolean claimFree() {
		return moveFree(CLAIMED);
	}

	/**
	 * Moves from {@code FREE} to {@code DETACHED}.
	 */
	boolean withdraw() {
		return moveFree(DETACHED);
	}

	private boolean moveFree(long status) {
		long current = this.word;
		return is(FREE, current) && compareAndSet(current, with(status, current));
	}

	/**
	 * Moves from {@code DETACHED} to {@code CLAIMED}.
	 */
	void claimDetached() {
		this.word = with(CLAIMED, this.word);
	}

	/**
	 * Moves a lease to {@code FREE}; fails if it has ended or is retired.
	 */
	boolean freeLeased(long ticket) {
		return compareAndSet(ticket, free(ticket));
	}

	private long free(long current) {
		return with(FREE, current) | (this.slots.isWatched() ? 0 : COLD);
	}

	/**
	 * Moves a lease to {@code CLAIMED}; fails if it has ended or is retired.
	 */
	boolean claimLeased(long ticket) {
		return compareAndSet(ticket, with(CLAIMED, ticket));
	}

	/**
	 * Moves a retired lease to {@code DETACHED}; fails if it has ended or is not retired.
	 */
	boolean detachRetired(long ticket) {
		return compareAndSet(ticket | RETIRED, with(DETACHED, ticket));
	}

	/**
	 * Moves a lease to {@code DETACHED}, retired or not; fails if it has ended.
	 */
	boolean detachLeased(long ticket) {
		return compareAndSet(ticket, with(DETACHED, ticket)) || detachRetired(ticket);
	}

	/**
	 * Moves from {@code CLAIMED} to {@code FREE}; if it is retired, to {@code DETACHED}.
	 * @return whether it is free
	 */
	boolean freeClaimed() {
		long current = this.word;
		if (!isRetired(current) && compareAndSet(current, free(current))) {
			return true;
		}
		detachClaimed();
		return false;
	}

	void detachClaimed() {
		this.word = with(DETACHED, this.word);
	}

	/**
	 * Moves from {@code CLAIMED(g)} to {@code LEASED(g+1)}. A slot that is being retired
	 * stays so, and goes out when this lease ends.
	 */
	void leaseClaimed() {
		long current;
		do {
			current = this.word;
		}
		while (!compareAndSet(current, nextLease(current) | (current & RETIRED)));
	}

	/**
	 * Takes the slot out of use: immediately if it is free, else when its owner is done.
	 */
	void retire() {
		long current;
		boolean unused;
		do {
			current = this.word;
			unused = is(FREE, current) || is(DETACHED, current);
		}
		while (!compareAndSet(current, unused ? with(DETACHED, current) : current | RETIRED));
	}

	private static long with(long status, long word) {
		return (word & ~(STATUS | MARK)) | status;
	}

	private boolean compareAndSet(long expected, long next) {
		return WORD.compareAndSet(this, expected, next);
	}

	/**
	 * Records whose the lease is. References that stay the same are not written again: a
	 * collector's write barrier costs more than the comparison.
	 */
	void heldBy(LeaseOwner holder, Thread holdingThread, long ticket) {
		if (this.owner != holder) {
			this.owner = holder;
		}
		if (this.thread != holdingThread) {
			this.thread = holdingThread;
		}
		OWNER_TICKET.setRelease(this, ticket);
	}

	void renew(long now) {
		this.renewedAt = now;
	}

	/**
	 * Returns when the lease was last renewed, or else acquired.
	 */
	long renewedAt(long now) {
		long acquired = acquiredAt(now);
		return (this.renewedAt - acquired >= 0) ? this.renewedAt : acquired;
	}

	/**
	 * Returns when the lease began. The watch may not have seen it yet: then that is now.
	 */
	long acquiredAt(long now) {
		return (!this.slots.isWatched() || this.seen == ticket(this.word)) ? this.acquiredAt : now;
	}

	/**
	 * Returns who holds, or has held, the lease of a ticket. Empty if the slot was leased
	 * again since, or if the lease began just now.
	 */
	Optional<LeaseOwner> owner(long ticket) {
		return Optional.ofNullable(describes(ticket) ? this.owner : null);
	}

	/**
	 * Returns the connection that the lease of a ticket holds, or has held. Empty if the
	 * slot got another connection since.
	 */
	Optional<PooledConnection<C>> pooled(long ticket) {
		PooledConnection<C> current = this.pooled;
		return Optional.ofNullable((generation(ticket) > this.boundAt) ? current : null);
	}

	boolean isHeldBy(Thread candidate) {
		long current = this.word;
		return is(LEASED, current) && describes(ticket(current)) && this.thread == candidate;
	}

	/**
	 * Returns the lease at this moment, if there is one and its owner is known yet.
	 */
	Optional<LeaseSnapshot> lease(long now) {
		long before = this.word;
		if (!is(LEASED, before) || !describes(ticket(before))) {
			return Optional.empty();
		}
		LeaseOwner holder = this.owner;
		Thread holdingThread = this.thread;
		PooledConnection<C> leased = this.pooled;
		Duration age = Duration.ofNanos(Math.max(0, now - acquiredAt(now)));
		VarHandle.acquireFence();
		if (ticket(this.word) != ticket(before) || holder == null || holdingThread == null || leased == null) {
			return Optional.empty();
		}
		return Optional.of(new LeaseSnapshot(leaseId(ticket(before)), leased.id, holder, holdingThread.getName(), age));
	}

	private boolean describes(long ticket) {
		return (long) OWNER_TICKET.getAcquire(this) == ticket;
	}

	/**
	 * Remembers that a lease was reported as leaked.
	 * @return whether this was news
	 */
	boolean reportLeak(long leaseId) {
		boolean news = this.leakedId != leaseId;
		this.leakedId = leaseId;
		return news;
	}

	/**
	 * Returns the lease of a ticket if it was the last one here to be revoked.
	 */
	Optional<RevokedLease> revoked(long ticket) {
		RevokedLease last = this.lastRevoked;
		return (last != null && last.ticket() == ticket) ? Optional.of(last) : Optional.empty();
	}

	/**
	 * Numbers the leases of a pool by generation and slot, from one.
	 */
	long leaseId(long ticket) {
		return ((generation(ticket) - 1) << INDEX_BITS) + this.index + 1;
	}

	static int indexOf(long leaseId) {
		return (int) ((leaseId - 1) & (MOST_SLOTS - 1));
	}

	static long ticketOf(long leaseId) {
		return (((leaseId - 1) >>> INDEX_BITS) + 1) << GENERATION_SHIFT | LEASED;
	}

	/**
	 * What is kept of a lease that was revoked, so that its holder can be notified.
	 *
	 * @param ticket the ticket of the lease
	 * @param owner who held it
	 * @param connectionId number of the connection that it held
	 * @param reason why it was revoked
	 */
	record RevokedLease(long ticket, LeaseOwner owner, long connectionId, CloseReason reason) {

	}

}
