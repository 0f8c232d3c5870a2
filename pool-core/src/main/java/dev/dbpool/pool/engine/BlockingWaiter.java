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

	private final Parking parking;

	/** How many waited when this one came. */
	int ahead;

	private volatile long alarmAt;

	private volatile boolean needsAlarm;

	BlockingWaiter(LeaseOwner owner, long since, Duration timeout, Parking parking) {
		super(owner, since, timeout);
		this.parking = parking;
	}

	/**
	 * Returns when to look whether this thread waits for itself: after 100 ms, which few
	 * waits take that end well, or at the end of the wait. A thread that relies on alarms
	 * looks up to as much later.
	 */
	long suspiciousAt() {
		return this.since + Math.min(PoolScheduler.nanos(this.timeout), SUSPICIOUS_NANOS);
	}

	/**
	 * Says that the thread is about to sleep until it is woken.
	 * @param at when it has to be woken at the latest
	 */
	void sleepsUntilWoken(long at) {
		this.alarmAt = at;
		this.needsAlarm = true;
	}

	@Override
	boolean needsAlarm() {
		return this.needsAlarm;
	}

	@Override
	long alarmAt() {
		return this.alarmAt;
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
