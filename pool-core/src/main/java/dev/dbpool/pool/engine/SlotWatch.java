package dev.dbpool.pool.engine;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the times of the slots of a pool, so that a lease need not: to note when it
 * begins and ends costs a quarter of a lease, whatever the clock. Looks at all slots
 * every 10 ms while one of them is in use, or longer in a pool of thousands, so that it
 * takes no more than a fiftieth of one thread. Stops after a second without use. Runs on
 * a thread apart from that of the other timers, which a listener can block.
 * <p>
 * A slot is in use if it is neither out nor cold. Each move to that from one of those two
 * is followed by a call of {@link #inUse}. The watch says that it has stopped and looks
 * once more after that. All of these are volatile, so a slot in use is always looked at.
 */
final class SlotWatch implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(SlotWatch.class);

	private static final long INTERVAL_NANOS = Duration.ofMillis(10).toNanos();

	private static final int INTERVALS_PER_LOOK = 50;

	private static final int MOST_UNUSED_LOOKS = 100;

	private final LeaseSlots<?> slots;

	private final PoolScheduler scheduler;

	private volatile boolean running;

	private volatile long lookedAt;

	private int unused;

	SlotWatch(LeaseSlots<?> slots, PoolScheduler scheduler) {
		this.slots = slots;
		this.scheduler = scheduler;
	}

	/**
	 * Sees to it that the slots are looked at from now on.
	 */
	void inUse() {
		if (!this.running) {
			start();
		}
	}

	private synchronized void start() {
		if (!this.running) {
			this.unused = 0;
			this.lookedAt = this.scheduler.nanoTime();
			this.running = true;
			lookAgain(INTERVAL_NANOS);
		}
	}

	/**
	 * Returns the time of the last look, or the exact one if there was none lately.
	 */
	long recently() {
		return this.running ? this.lookedAt : this.scheduler.nanoTime();
	}

	@Override
	public void run() {
		long now = this.scheduler.nanoTime();
		try {
			this.unused = look(now) ? 0 : this.unused + 1;
		}
		catch (Throwable ex) {
			logger.error("The slots of pool '{}' could not be looked at", this.slots.pool, ex);
		}
		long took = this.scheduler.nanoTime() - now;
		if (this.unused < MOST_UNUSED_LOOKS) {
			lookAgain(Math.max(INTERVAL_NANOS, INTERVALS_PER_LOOK * took));
			return;
		}
		this.running = false;
		if (look(now)) {
			start();
		}
	}

	private boolean look(long now) {
		boolean used = false;
		for (Slot<?> slot : this.slots.all()) {
			used |= slot.look(now, this.lookedAt);
		}
		this.lookedAt = now;
		return used;
	}

	private void lookAgain(long afterNanos) {
		this.scheduler.schedule(Duration.ofNanos(afterNanos), this);
	}

}
