package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;

/**
 * The engine's own {@link LeaseSlots} without the life cycle behind it: connections are
 * plain objects, time stands still, the watch looks at the slots when the test says so,
 * and a slot that is put out stays out until the test puts it back.
 */
final class SlotsUnderTest implements LeaseSlots.Callbacks<Object>, Connector<Object> {

	static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private static final PoolScheduler STILL = new PoolScheduler() {

		@Override
		public long nanoTime() {
			return 0;
		}

		@Override
		public ScheduledTask schedule(Duration delay, Runnable task) {
			return () -> {
			};
		}

		@Override
		public PoolScheduler forWatch() {
			return this;
		}

	};

	private static final PoolOptions ONE = options(1);

	private static final PoolOptions TWO = options(2);

	final LeaseSlots<Object> slots;

	private final AtomicInteger putOuts = new AtomicInteger();

	/**
	 * The thread that puts slots into use, while it does. Others only look for
	 * themselves.
	 */
	private volatile Thread offering;

	private boolean retiredWhileOffered;

	SlotsUnderTest(int count) {
		this.slots = new LeaseSlots<>((count == 1) ? ONE : TWO, STILL, this, PoolListener.NONE, this);
		grow(count);
	}

	private static PoolOptions options(int count) {
		return PoolOptions.builder("verification").maxConnections(count).build();
	}

	static BlockingWaiter<Object> waiter(Parking parking) {
		return new BlockingWaiter<>(OWNER, 0, Duration.ofDays(1), parking);
	}

	/**
	 * Provides slots up to a number and puts those into use that are out.
	 * @return whether there was one to put into use
	 */
	synchronized boolean grow(int count) {
		this.slots.provide(count);
		boolean news = false;
		for (Slot<Object> slot : this.slots.all) {
			if (Slot.is(Slot.DETACHED, slot.word())) {
				offer(slot);
				news = true;
			}
		}
		return news;
	}

	/**
	 * Puts a slot into use. One that is retired before any caller could have it is out
	 * again, as if it had been retired before: so it is put into use once more.
	 */
	private void offer(Slot<Object> slot) {
		this.offering = Thread.currentThread();
		do {
			this.retiredWhileOffered = false;
			PooledConnection<Object> connection = new PooledConnection<>(null, slot.index, 0, Duration.ZERO);
			slot.bind(connection, new Object(), 0);
			slot.proved = true;
			this.slots.offer(slot, 0, Waiter::deliver);
		}
		while (this.retiredWhileOffered);
		this.offering = null;
	}

	boolean reopen() {
		return grow(this.slots.all.length);
	}

	Slot<Object> slot(int index) {
		return this.slots.all[index];
	}

	/**
	 * Ends the lease that a slot has, whichever that is by then.
	 */
	boolean revoke(int index) {
		Slot<Object> slot = slot(index);
		for (long word = slot.word(); Slot.is(Slot.CLAIMED, word) || Slot.is(Slot.LEASED, word); word = slot.word()) {
			if (Slot.is(Slot.LEASED, word) && this.slots.revoke(slot, Slot.ticket(word))) {
				return true;
			}
			Thread.onSpinWait();
		}
		return false;
	}

	/**
	 * Looks at the slots, as the watch does every few milliseconds.
	 */
	synchronized void look() {
		for (Slot<Object> slot : this.slots.all) {
			slot.look(0, 0);
		}
	}

	/**
	 * Ends a lease as its holder does.
	 */
	boolean release(PooledLease<Object> lease) {
		return this.slots.release(slot(Slot.indexOf(lease.id())), Slot.ticketOf(lease.id()));
	}

	/**
	 * Rejects the waiters, as the pool does when it is closed.
	 */
	void close() {
		this.slots.queue.close();
		for (Waiter<Object> waiter : this.slots.queue) {
			refuse(waiter);
		}
	}

	boolean refuse(Waiter<Object> waiter) {
		if (!this.slots.queue.cancel(waiter)) {
			return false;
		}
		waiter.refuse(new PoolClosedException("refused", null));
		waiter.deliver();
		return true;
	}

	/**
	 * Returns how often a release has put out a retired slot.
	 */
	int putOuts() {
		return this.putOuts.get();
	}

	/**
	 * Returns whether a slot is free or claimed. All are looked at until none has changed
	 * between two looks, so that the answer holds for one moment.
	 */
	boolean isAnyAvailable() {
		long[] words = words();
		for (long[] again = words(); !Arrays.equals(words, again); again = words()) {
			words = again;
		}
		return LongStream.of(words).anyMatch((word) -> Slot.is(Slot.FREE, word) || Slot.is(Slot.CLAIMED, word));
	}

	private long[] words() {
		return Stream.of(this.slots.all).mapToLong(Slot::word).toArray();
	}

	boolean hasSlot(long status) {
		for (Slot<Object> slot : this.slots.all) {
			if (Slot.is(status, slot.word())) {
				return true;
			}
		}
		return false;
	}

	@Override
	public boolean isReusable(Object connection) {
		return true;
	}

	@Override
	public CompletionStage<Object> open(ConnectionEvents events) {
		throw new UnsupportedOperationException("there is no life cycle");
	}

	@Override
	public CompletionStage<Void> validate(Object connection) {
		throw new UnsupportedOperationException("there is no life cycle");
	}

	@Override
	public CompletionStage<Void> close(Object connection) {
		throw new UnsupportedOperationException("there is no life cycle");
	}

	@Override
	public void reset(Slot<Object> slot) {
		this.slots.give(slot, Waiter::deliver);
	}

	@Override
	public void detached(Slot<Object> slot) {
		if (this.offering == Thread.currentThread()) {
			this.retiredWhileOffered = true;
		}
		else {
			this.putOuts.incrementAndGet();
		}
	}

	@Override
	public void checkStale() {
	}

}
