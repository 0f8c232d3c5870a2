package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The clock of {@link System#nanoTime()}, up to 10 ms late, for the price of a load: to
 * read the exact one costs more than the rest of a lease. It ticks while it is read, on a
 * thread of its own, so that a task that blocks the scheduler cannot stop it: leases
 * would not be validated then. A second after the last read the thread parks until the
 * next one.
 * <p>
 * The thread parks after it has said so. A reader that sees that it has stopped wakes it,
 * and a wake-up that comes before the park ends the park immediately, so no reader finds
 * a clock that stands still.
 */
final class CoarseClock {

	private static final long TICK_NANOS = Duration.ofMillis(10).toNanos();

	private static final int TICKS_WITHOUT_READERS = 100;

	private static final long STOPPED = Long.MIN_VALUE;

	/** The one instance that pools read. */
	static final CoarseClock INSTANCE = new CoarseClock(Parking.THREADS);

	private final Parking parking;

	private final Thread thread = new Thread(null, this::run, "dbpool-clock", 0, false);

	private volatile long tick = STOPPED;

	private volatile boolean read;

	CoarseClock(Parking parking) {
		this.parking = parking;
		this.thread.setDaemon(true);
		this.thread.setContextClassLoader(CoarseClock.class.getClassLoader());
		this.thread.start();
	}

	long nanoTime() {
		long now = this.tick;
		if (now == STOPPED) {
			this.parking.unpark(this.thread);
			return System.nanoTime();
		}
		if (!this.read) {
			this.read = true;
		}
		return now;
	}

	private void run() {
		for (;;) {
			for (int unread = 0; unread < TICKS_WITHOUT_READERS; unread++) {
				this.tick = System.nanoTime();
				this.parking.park(this, TICK_NANOS);
				if (this.read) {
					this.read = false;
					unread = 0;
				}
			}
			this.tick = STOPPED;
			this.parking.park(this);
		}
	}

}
