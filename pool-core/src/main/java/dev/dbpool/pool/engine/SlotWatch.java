package dev.dbpool.pool.engine;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the times of the slots of a pool, so that a lease need not: to note when it
 * begins and ends costs a quarter of a lease, whatever the clock. Looks at all slots
 * every 10 ms while one of them is in use, or up to every 100 ms in a pool of thousands,
 * so that it takes no more than a fiftieth of one thread. Stops after a second without
 * use. Runs on a thread apart from that of the other timers, which a listener can block.
 * <p>
 * A slot is in use if it is neither out nor cold. Each move to that from one of those two
 * is followed by a call of {@link #inUse}. The watch says that it has stopped and looks
 * once more after that. All of these are volatile, so a slot in use is always looked at.
 */
final class SlotWatch implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(SlotWatch.class);

	private static final long INTERVAL_NANOS = Duration.ofMillis(10).toNanos();

	/** Also after a look that took long because its thread was kept from running. */
	private static final long LONGEST_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

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
	 * Sees to it that the slots are looked at from now on. Never fails: if no timer can
	 * be set, the next call tries again, at the latest that of the regular work.
	 */
	void inUse() {
		if (!this.running) {
			start();
		}
	}

	private synchronized void start() {
		if (!this.running) {
			long now = this.scheduler.nanoTime();
			this.unused = 0;
			this.lookedAt = now;
			this.running = true;
			lookAgain(INTERVAL_NANOS - Math.floorMod(now, INTERVAL_NANOS));
		}
	}

	@Override
	public void run() {
		long now = this.scheduler.nanoTime();
		this.unused = look(now) ? 0 : this.unused + 1;
		long took = this.scheduler.nanoTime() - now;
		if (this.unused < MOST_UNUSED_LOOKS) {
			lookAgain(Math.max(INTERVAL_NANOS, Math.min(LONGEST_INTERVAL_NANOS, INTERVALS_PER_LOOK * took)));
			return;
		}
		this.running = false;
		if (look(now)) {
			start();
		}
	}

	private boolean look(long now) {
		boolean used = false;
		try {
			for (Slot<?> slot : this.slots.all) {
				used |= slot.look(now, this.lookedAt);
			}
		}
		catch (Throwable ex) {
			used = true;
			report("look at the slots", ex);
		}
		this.lookedAt = now;
		return used;
	}

	private void lookAgain(long afterNanos) {
		try {
			this.scheduler.schedule(Duration.ofNanos(afterNanos), this);
		}
		catch (Throwable ex) {
			this.running = false;
			report("set a timer to look at the slots", ex);
		}
	}

	private void report(String what, Throwable failure) {
		try {
			logger.error("Pool '{}' could not {}", this.slots.pool, what, failure);
		}
		catch (Throwable ex) {
			failure.addSuppressed(ex);
		}
	}

}
