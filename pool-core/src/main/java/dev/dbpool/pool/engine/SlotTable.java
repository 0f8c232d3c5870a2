package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import dev.dbpool.pool.ConnectionChoice;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolOptions;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a pool, and the choice of the next one among those that are free: the
 * thread's own last one or else the first, or the one unused for longest. A base class
 * rather than a part, so that a lease has one object less to go through.
 *
 * @param <C> the type of connection
 */
abstract sealed class SlotTable<C> permits LeaseSlots {

	private static final int HINTS = 256;

	/**
	 * Below every idle time. That is negative if the slot was checked after the clock was
	 * read, or by the exact clock, which is ahead of the coarse one.
	 */
	private static final long ALWAYS = Long.MIN_VALUE;

	/** Whether a listener is notified of each lease. */
	final boolean observed;

	private final PoolScheduler scheduler;

	/**
	 * Whether no listener needs the times of leases to be exact, and the order of last
	 * uses.
	 */
	private final boolean coarse;

	private final long validateAfterIdle;

	private final boolean hottestFirst;

	/** The slot used last, by a hash of the thread. Racy: wrong is only slower. */
	private final Slot<C>[] hints;

	/** Stands for free slots that have to be checked before they are leased. */
	final Slot<C> stale;

	/** All slots that there ever were, so that their generations never start again. */
	private volatile Slot<C>[] all;

	/**
	 * Those of them that the pool needs at its size, where callers look for a free one.
	 */
	private volatile Slot<C>[] slots;

	SlotTable(PoolOptions options, PoolScheduler scheduler) {
		this.scheduler = scheduler;
		long limit = Nanos.of(options.validateAfterIdle());
		this.validateAfterIdle = (limit == 0) ? ALWAYS : limit;
		this.hottestFirst = options.connectionChoice() == ConnectionChoice.HOTTEST;
		this.observed = options.listener().listensToLeases();
		this.coarse = !this.observed && this.hottestFirst && this.scheduler == PoolScheduler.SHARED;
		this.stale = newSlot(-1);
		this.all = newSlots(0);
		this.slots = this.all;
		this.hints = newSlots(HINTS);
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static <C> Slot<C>[] newSlots(int count) {
		return new Slot[count];
	}

	/**
	 * Provides for a number of slots. New ones are out at first; those that are left out
	 * from now on must be. Called by one thread at a time.
	 */
	final void provide(int count) {
		int known = this.all.length;
		if (count > known) {
			Slot<C>[] more = Arrays.copyOf(this.all, count);
			for (int i = known; i < count; i++) {
				more[i] = newSlot(i);
			}
			this.all = more;
		}
		if (count != this.slots.length) {
			this.slots = Arrays.copyOf(this.all, count);
		}
	}

	/**
	 * Returns all slots that there ever were.
	 */
	final Slot<C>[] all() {
		return this.all;
	}

	/**
	 * Returns how many slots there are at the size of the pool.
	 */
	final int size() {
		return this.slots.length;
	}

	/**
	 * Returns the leases of this moment, the oldest first.
	 */
	final List<LeaseSnapshot> leases() {
		long now = now();
		return Arrays.stream(this.slots)
			.flatMap((slot) -> slot.lease(now).stream())
			.sorted(Comparator.comparing(LeaseSnapshot::age).reversed().thenComparing(LeaseSnapshot::id))
			.toList();
	}

	/**
	 * Returns the lease that began first. Sorts nothing, since callers that give up all
	 * at the same time ask for it together.
	 */
	final Optional<LeaseSnapshot> oldestLease() {
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
	 * Returns how long leases were held that have ended, in sum.
	 */
	final Duration held() {
		long nanos = 0;
		for (Slot<C> slot : this.all) {
			nanos += slot.held();
		}
		return Duration.ofNanos(nanos);
	}

	/**
	 * Returns a lease that a thread holds, if there is one.
	 */
	final Optional<LeaseSnapshot> leaseOf(Thread thread) {
		for (Slot<C> slot : this.slots) {
			if (slot.isHeldBy(thread)) {
				return slot.lease(now());
			}
		}
		return Optional.empty();
	}

	/**
	 * Returns whether a slot is free and may be leased as it is.
	 */
	final boolean isFresh(Slot<C> slot) {
		return isFree(slot, slot.word(), now());
	}

	/**
	 * Returns whether a slot is free, though it may have to be checked first.
	 */
	final boolean isAnyFree() {
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
	final long now() {
		return this.coarse ? CoarseClock.INSTANCE.nanoTime() : this.scheduler.nanoTime();
	}

	/**
	 * Leases a free slot, if there is one. A lease is made in one place, and the search
	 * is out of line: so this stays small enough for the compiler to build it into its
	 * callers, where it sees that most leases need no memory. It is made before the slot
	 * is taken, so that nothing can fail after that, or take long.
	 */
	final @Nullable PooledLease<C> leaseFree(LeaseOwner owner) {
		Thread thread = Thread.currentThread();
		long now = now();
		int hint = (int) thread.getId() & (HINTS - 1);
		Slot<C> slot = this.hottestFirst ? this.hints[hint] : leastRecentlyUsed(this.slots, now);
		while (slot != null) {
			long word = slot.word();
			if (isFree(slot, word, now)) {
				PooledLease<C> lease = new PooledLease<>(slot, Slot.nextLease(word));
				if (slot.leaseFree(word)) {
					slot.heldBy(owner, thread, now, Slot.nextLease(word));
					return lease;
				}
			}
			slot = findFree(hint, now);
		}
		return null;
	}

	private @Nullable Slot<C> findFree(int hint, long now) {
		if (!this.hottestFirst) {
			return leastRecentlyUsed(this.slots, now);
		}
		for (Slot<C> slot : this.slots) {
			if (isFree(slot, slot.word(), now)) {
				this.hints[hint] = slot;
				return slot;
			}
		}
		return null;
	}

	private boolean isFree(Slot<C> slot, long word, long now) {
		return Slot.is(Slot.FREE, word) && slot.isFresh(now, this.validateAfterIdle);
	}

	private @Nullable Slot<C> leastRecentlyUsed(Slot<C>[] all, long now) {
		Slot<C> coldest = null;
		for (Slot<C> slot : all) {
			if (isFree(slot, slot.word(), now) && (coldest == null || slot.checkedAt() - coldest.checkedAt() < 0)) {
				coldest = slot;
			}
		}
		return coldest;
	}

	/**
	 * Makes threads look for the first free slot again, so that slots go cold which the
	 * load no longer needs.
	 */
	final void forgetHints() {
		Arrays.fill(this.hints, this.slots[0]);
	}

	/**
	 * Claims a free slot, if there is one that may be leased as it is.
	 * @return the slot, {@link #stale} if there are only free ones that have to be
	 * checked first, or {@code null} if none is free
	 */
	final @Nullable Slot<C> claimFree() {
		long now = now();
		Slot<C>[] all = this.slots;
		if (!this.hottestFirst) {
			for (Slot<C> coldest = leastRecentlyUsed(all, now); coldest != null; coldest = leastRecentlyUsed(all,
					now)) {
				long word = coldest.word();
				if (Slot.is(Slot.FREE, word) && coldest.claimFree(word)) {
					return coldest;
				}
			}
		}
		Slot<C> found = null;
		for (Slot<C> slot : all) {
			long word = slot.word();
			if (Slot.is(Slot.FREE, word)) {
				if (!isFree(slot, word, now)) {
					found = this.stale;
				}
				else if (slot.claimFree(word)) {
					return slot;
				}
			}
		}
		return found;
	}

	/**
	 * Makes a slot that is out.
	 */
	abstract Slot<C> newSlot(int index);

	/**
	 * The words of all slots, each read once, so that what is counted from them agrees.
	 */
	static final class Census {

		private final long[] words;

		private Census(long[] words) {
			this.words = words;
		}

		static <C> Census of(Slot<C>[] slots) {
			long[] words = new long[slots.length];
			for (int i = 0; i < slots.length; i++) {
				words[i] = slots[i].word();
			}
			return new Census(words);
		}

		/**
		 * Counts the leases ever handed out: the generation of each slot.
		 */
		long acquired() {
			long sum = 0;
			for (long word : this.words) {
				sum += Slot.generation(word);
			}
			return sum;
		}

		/**
		 * Counts the leases that have ended.
		 */
		long released() {
			long leased = 0;
			for (long word : this.words) {
				leased += Slot.is(Slot.LEASED, word) ? 1 : 0;
			}
			return acquired() - leased;
		}

		boolean isLeased(PooledConnection<?> pooled) {
			return pooled.slots().stream().anyMatch((slot) -> Slot.is(Slot.LEASED, this.words[slot.index]));
		}

	}

}
