package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.LeaseOwner;

/**
 * A thread in the queue.
 *
 * @param <C> the type of connection
 */
final class BlockingWaiter<C> extends Waiter<C> {

	private static final long SUSPICIOUS_NANOS = Duration.ofMillis(100).toNanos();

	private static final long ALARM_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

	private final Parking parking;

	/** How many waited when this one came. */
	int ahead;

	private volatile boolean needsAlarm;

	BlockingWaiter(LeaseOwner owner, long since, Duration timeout, Parking parking) {
		super(owner, since, timeout);
		this.parking = parking;
	}

	/**
	 * Returns when the thread is to look whether it waits for itself: after 100 ms, which
	 * few waits take that end well, or at the end of the wait. A virtual thread is not
	 * woken for that, and looks when its wait has ended: the JDK runs those last that a
	 * timer has woken, and it may have a lease by then.
	 */
	long suspiciousAt() {
		return this.parking.isCheap() ? deadline() : suspiciousSince();
	}

	/**
	 * Returns from when on a wait is long enough to look.
	 */
	long suspiciousSince() {
		return this.since + Math.min(PoolScheduler.nanos(this.timeout), SUSPICIOUS_NANOS);
	}

	/**
	 * Says that the thread is about to sleep until it is woken.
	 */
	void sleepsUntilWoken() {
		this.needsAlarm = true;
	}

	@Override
	boolean needsAlarm() {
		return this.needsAlarm;
	}

	/**
	 * Returns the one after the next of the times at which the timer looks at threads, so
	 * that it is set already if another thread waits.
	 */
	@Override
	long alarmAt(long now) {
		return Math.min(deadline(), now + 2 * ALARM_INTERVAL_NANOS - Math.floorMod(now, ALARM_INTERVAL_NANOS));
	}

	@Override
	void alarm() {
		this.parking.unpark(thread());
	}

	@Override
	void deliver() {
		this.parking.unpark(thread());
	}

}
