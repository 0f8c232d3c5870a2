package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The clock of {@link System#nanoTime()}, up to 10 ms late, for the price of a load: to
 * read the exact one costs more than the rest of a lease. It ticks while it is read, on a
 * thread of its own, so that a task that blocks the scheduler cannot stop it: leases
 * would neither be validated nor expire then. The thread ends a second after the last
 * read.
 */
final class CoarseClock {

	/** The one instance. */
	static final CoarseClock INSTANCE = new CoarseClock();

	private static final long TICK_NANOS = Duration.ofMillis(10).toNanos();

	private static final int TICKS_WITHOUT_READERS = 100;

	private static final long STOPPED = Long.MIN_VALUE;

	private volatile long tick = STOPPED;

	private volatile boolean read;

	private CoarseClock() {
	}

	long nanoTime() {
		long now = this.tick;
		if (now == STOPPED) {
			return start();
		}
		if (!this.read) {
			this.read = true;
		}
		return now;
	}

	private synchronized long start() {
		if (this.tick == STOPPED) {
			Thread thread = new Thread(null, this::run, "dbpool-clock", 0, false);
			thread.setDaemon(true);
			thread.setContextClassLoader(CoarseClock.class.getClassLoader());
			thread.start();
			this.tick = System.nanoTime();
		}
		return System.nanoTime();
	}

	private void run() {
		for (int unread = 0; unread < TICKS_WITHOUT_READERS; unread++) {
			LockSupport.parkNanos(this, TICK_NANOS);
			if (this.read) {
				this.read = false;
				unread = 0;
			}
			this.tick = System.nanoTime();
		}
		stop();
	}

	/**
	 * Waits for a start that is under way, which would set the clock going again.
	 */
	private synchronized void stop() {
		this.tick = STOPPED;
	}

}
