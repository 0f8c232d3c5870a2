package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * Times out waiters that cannot time out themselves: asynchronous callers, and threads
 * that sleep until woken. One alarm for all of them, at the earliest time: with the same
 * timeout for all callers, which is the usual case, it goes off once in that time however
 * many callers wait asynchronously. While threads rely on it, it goes off ten times a
 * second more.
 *
 * @param <C> the type of connection
 */
final class AcquireTimer<C> {

	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	/** Walks through a long queue take no more than a part of the scheduler's time. */
	private static final int WALKS_PART = 4;

	private final PoolScheduler scheduler;

	private final LeaseSlots<C> slots;

	/** The next alarm. Set under a lock, since the former one has to be cancelled. */
	private volatile @Nullable Alarm alarm;

	private volatile boolean stopped;

	AcquireTimer(PoolScheduler scheduler, LeaseSlots<C> slots) {
		this.scheduler = scheduler;
		this.slots = slots;
	}

	/**
	 * Watches over a waiter that is in the queue.
	 * @return whether it will be notified; not if the pool is closed
	 */
	boolean watch(Waiter<C> waiter) {
		long time = waiter.alarmAt();
		Alarm set = this.alarm;
		if (set == null || time - set.time < 0) {
			alarmBy(time, time - this.scheduler.nanoTime());
		}
		return !this.stopped;
	}

	private synchronized void alarmBy(long time, long delay) {
		Alarm set = this.alarm;
		if (!this.stopped && (set == null || time - set.time < 0)) {
			Duration wait = Duration.ofNanos(Math.max(0, delay));
			this.alarm = new Alarm(time, this.scheduler.schedule(wait, () -> goOff(time)));
			if (set != null) {
				set.task.cancel();
			}
		}
	}

	/**
	 * Ends an alarm that goes off.
	 * @return whether it was not cancelled before
	 */
	private synchronized boolean end(long time) {
		Alarm set = this.alarm;
		if (set == null || set.time != time) {
			return false;
		}
		this.alarm = null;
		return true;
	}

	/**
	 * Stops, once no caller waits any more.
	 */
	synchronized void stop() {
		this.stopped = true;
		Alarm set = this.alarm;
		if (set != null) {
			set.task.cancel();
		}
	}

	/**
	 * Notifies waiters whose time is over. Threads are woken on the walk through the
	 * queue, which takes no time. Listeners and callbacks of the others run after the
	 * next alarm is set, since they may take a while. A waiter that has seen this alarm
	 * set was in the queue before, so it is seen here.
	 */
	private void goOff(long due) {
		if (!end(due)) {
			return;
		}
		long now = this.scheduler.nanoTime();
		long wait = Long.MAX_VALUE;
		List<Waiter<C>> overdue = new ArrayList<>();
		for (Waiter<C> waiter : this.slots.queue) {
			if (waiter.isWaiting() && waiter.needsAlarm()) {
				long remaining = waiter.alarmAt() - now;
				if (remaining <= 0) {
					wakeOrAdd(waiter, overdue);
				}
				else {
					wait = Math.min(wait, remaining);
				}
			}
		}
		if (wait < Long.MAX_VALUE) {
			long walk = this.scheduler.nanoTime() - now;
			alarmBy(now + wait, Math.max(wait - walk, Math.max(SHORTEST_NANOS, WALKS_PART * walk)));
		}
		overdue.forEach((waiter) -> LeaseSlots.notify(waiter, Waiter::alarm));
	}

	private void wakeOrAdd(Waiter<C> waiter, List<Waiter<C>> overdue) {
		if (waiter instanceof BlockingWaiter<C>) {
			LeaseSlots.notify(waiter, Waiter::alarm);
		}
		else {
			overdue.add(waiter);
		}
	}

	private record Alarm(long time, ScheduledTask task) {

	}

}
