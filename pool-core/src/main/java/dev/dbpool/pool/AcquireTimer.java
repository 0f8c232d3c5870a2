package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import dev.dbpool.pool.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the wait of asynchronous callers when their time is over. One alarm for all of
 * them, at the earliest deadline: with the same timeout for everybody, which is the usual
 * case, it goes off once in that time however many wait.
 *
 * @param <C> the type of connection
 */
final class AcquireTimer<C> {

	private static final Logger logger = LoggerFactory.getLogger(AcquireTimer.class);

	private static final long NONE = Long.MIN_VALUE;

	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	private final PoolScheduler scheduler;

	private final LeaseSlots<C> slots;

	private final Consumer<AsyncWaiter<C>> expire;

	private final AtomicLong alarmAt = new AtomicLong(NONE);

	private volatile @Nullable ScheduledTask alarm;

	AcquireTimer(PoolScheduler scheduler, LeaseSlots<C> slots, Consumer<AsyncWaiter<C>> expire) {
		this.scheduler = scheduler;
		this.slots = slots;
		this.expire = expire;
	}

	/**
	 * Watches over a waiter that is in the queue.
	 */
	void watch(AsyncWaiter<C> waiter) {
		alarmBy(waiter.deadline(), 0);
	}

	private void alarmBy(long deadline, long soonest) {
		for (long set = this.alarmAt.get(); set == NONE || deadline - set < 0; set = this.alarmAt.get()) {
			if (this.alarmAt.compareAndSet(set, deadline)) {
				schedule(deadline, soonest);
				return;
			}
		}
	}

	private void schedule(long deadline, long soonest) {
		long delay = Math.max(soonest, deadline - this.scheduler.nanoTime());
		try {
			this.alarm = this.scheduler.schedule(Duration.ofNanos(Math.max(0, delay)), () -> goOff(deadline));
		}
		catch (RuntimeException ex) {
			logger.warn("The scheduler refused a timer. Callers that wait may do so for longer than their timeout", ex);
			this.alarmAt.compareAndSet(deadline, NONE);
		}
	}

	/**
	 * Ends the waits that are over. A waiter that has seen this alarm set was in the
	 * queue before, so it is seen here.
	 */
	private void goOff(long deadline) {
		if (!this.alarmAt.compareAndSet(deadline, NONE)) {
			return;
		}
		long now = this.scheduler.nanoTime();
		long next = NONE;
		for (Waiter<C> waiter : this.slots.waiters()) {
			if (waiter instanceof AsyncWaiter<C> waiting && waiting.isWaiting()) {
				if (waiting.deadline() - now <= 0) {
					this.expire.accept(waiting);
				}
				else if (next == NONE || waiting.deadline() - next < 0) {
					next = waiting.deadline();
				}
			}
		}
		if (next != NONE) {
			alarmBy(next, SHORTEST_NANOS);
		}
	}

	void stop() {
		ScheduledTask last = this.alarm;
		if (last != null) {
			last.cancel();
		}
	}

}
