package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

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
		this.coarse = !options.listener().listensToLeases() && this.hottestFirst
				&& this.scheduler == PoolScheduler.SHARED;
		this.stale = newSlot(-1);
		this.all = newSlots(0);
		this.slots = this.all;
		this.hints = newSlots(HINTS);
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static <C> Slot<C>[] newSlots(int count) {
		return new Slot[count];
	}

	private Slot<C> newSlot(int index) {
		return new Slot<>((LeaseSlots<C>) this, index);
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
		return Arrays.stream(this.slots)
			.filter((slot) -> Slot.is(Slot.LEASED, slot.word()))
			.reduce((first, second) -> (second.acquiredAt() - first.acquiredAt() < 0) ? second : first)
			.flatMap((slot) -> slot.lease(now))
			.or(() -> leases().stream().findFirst());
	}

	/**
	 * Returns how long leases were held that have ended, in sum.
	 */
	final Duration held() {
		return Duration.ofNanos(Arrays.stream(this.all).mapToLong(Slot::held).sum());
	}

	/**
	 * Returns a lease that a thread holds, if there is one.
	 */
	final Optional<LeaseSnapshot> leaseOf(Thread thread) {
		return Arrays.stream(this.slots)
			.filter((slot) -> slot.isHeldBy(thread))
			.findFirst()
			.flatMap((slot) -> slot.lease(now()));
	}

	/**
	 * Returns the slot of a lease, if there ever was such a slot.
	 */
	final @Nullable Slot<C> slotOf(long leaseId) {
		Slot<C>[] known = this.all;
		int index = Slot.indexOf(leaseId);
		return (leaseId > 0 && index < known.length) ? known[index] : null;
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
		Slot<C> slot = this.hottestFirst ? this.hints[hint] : search(hint, now);
		while (slot != null) {
			long word = slot.word();
			if (isFree(slot, word, now)) {
				PooledLease<C> lease = new PooledLease<>(slot, Slot.nextLease(word));
				if (slot.leaseFree(word)) {
					slot.heldBy(owner, thread, now, Slot.nextLease(word));
					return lease;
				}
			}
			slot = search(hint, now);
		}
		return null;
	}

	/**
	 * Looks for a slot that may be leased as it is, and remembers it for the next time.
	 */
	private @Nullable Slot<C> search(int hint, long now) {
		Slot<C> slot = findFree(now);
		if (slot == null || slot == this.stale) {
			return null;
		}
		if (this.hottestFirst) {
			this.hints[hint] = slot;
		}
		return slot;
	}

	/**
	 * Looks for the slot that is to be leased next.
	 * @return the slot, {@link #stale} if there are only free ones that have to be
	 * checked first, or {@code null} if none is free
	 */
	private @Nullable Slot<C> findFree(long now) {
		Slot<C> found = null;
		for (Slot<C> slot : this.slots) {
			if (isFree(slot, slot.word(), now)) {
				if (this.hottestFirst) {
					return slot;
				}
				if (found == null || found == this.stale || slot.checkedAt() - found.checkedAt() < 0) {
					found = slot;
				}
			}
			else if (found == null && Slot.is(Slot.FREE, slot.word())) {
				found = this.stale;
			}
		}
		return found;
	}

	private boolean isFree(Slot<C> slot, long word, long now) {
		return Slot.is(Slot.FREE, word) && slot.isFresh(now, this.validateAfterIdle);
	}

	/**
	 * Makes threads look for the first free slot again, so that slots go cold which the
	 * load no longer needs.
	 */
	final void forgetHints() {
		Arrays.fill(this.hints, (this.slots.length > 0) ? this.slots[0] : this.stale);
	}

	/**
	 * Claims a free slot, if there is one that may be leased as it is.
	 * @return the slot, {@link #stale} if there are only free ones that have to be
	 * checked first, or {@code null} if none is free
	 */
	final @Nullable Slot<C> claimFree() {
		long now = now();
		Slot<C> slot = findFree(now);
		while (slot != null && slot != this.stale) {
			long word = slot.word();
			if (Slot.is(Slot.FREE, word) && slot.claimFree(word)) {
				return slot;
			}
			slot = findFree(now);
		}
		return slot;
	}

	/**
	 * Reads the words of all slots, each once, so that what is counted from them agrees.
	 */
	final Census census() {
		return new Census(Arrays.stream(this.all).mapToLong(Slot::word).toArray());
	}

	/**
	 * The words of all slots at one moment.
	 *
	 * @param words by the index of the slot
	 */
	@SuppressWarnings("ArrayRecordComponent")
	record Census(long[] words) {

		/**
		 * Counts the leases ever handed out: the generation of each slot.
		 */
		long acquired() {
			return LongStream.of(this.words).map(Slot::generation).sum();
		}

		/**
		 * Counts the leases that have ended.
		 */
		long released() {
			return acquired() - LongStream.of(this.words).filter((word) -> Slot.is(Slot.LEASED, word)).count();
		}

		boolean isLeased(PooledConnection<?> pooled) {
			return pooled.slots().stream().anyMatch((slot) -> Slot.is(Slot.LEASED, this.words[slot.index]));
		}

	}

}
