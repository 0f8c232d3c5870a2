package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * Times out waiters that cannot time out themselves: asynchronous callers, and threads
 * that sleep until woken. One alarm for all of them, at the earliest time: with the same
 * timeout for all callers, which is the usual case, it goes off once in that time however
 * many callers wait.
 *
 * @param <C> the type of connection
 */
final class AcquireTimer<C> {

	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	/** Walks through a long queue take no more than a part of the scheduler's time. */
	private static final int WALKS_PART = 4;

	private final PoolScheduler scheduler;

	private final LeaseSlots<C> slots;

	/** The next alarm. */
	private final AtomicReference<@Nullable Alarm> alarm = new AtomicReference<>();

	private volatile boolean stopped;

	AcquireTimer(PoolScheduler scheduler, LeaseSlots<C> slots) {
		this.scheduler = scheduler;
		this.slots = slots;
	}

	/**
	 * Watches over a waiter that is in the queue. Takes no lock itself, for which a
	 * virtual thread could wait though it was served in between.
	 * @return whether it will be notified; not if the pool is closed
	 */
	boolean watch(Waiter<C> waiter) {
		long time = waiter.deadline();
		if (isEarliest(time, this.alarm.get())) {
			alarmBy(time, time - this.scheduler.nanoTime());
		}
		return !this.stopped;
	}

	private static boolean isEarliest(long time, @Nullable Alarm set) {
		return set == null || time - set.time < 0;
	}

	private void alarmBy(long time, long delay) {
		Alarm next = new Alarm(time);
		Alarm set = this.alarm.get();
		while (!this.stopped && isEarliest(time, set)) {
			if (this.alarm.compareAndSet(set, next)) {
				begin(next, delay);
				if (set != null) {
					set.cancel();
				}
				return;
			}
			set = this.alarm.get();
		}
	}

	private void begin(Alarm next, long delay) {
		try {
			next.begin(this.scheduler.schedule(Duration.ofNanos(Math.max(0, delay)), () -> goOff(next)));
		}
		catch (Throwable ex) {
			this.alarm.compareAndSet(next, null);
			throw ex;
		}
		if (this.stopped) {
			next.cancel();
		}
	}

	/**
	 * Stops, once no caller waits any more.
	 */
	void stop() {
		this.stopped = true;
		Alarm set = this.alarm.get();
		if (set != null) {
			set.cancel();
		}
	}

	/**
	 * Notifies waiters whose time is over. Threads are woken on the walk through the
	 * queue, which takes no time. Listeners and callbacks of the others run after the
	 * next alarm is set, since they may take a while. A waiter that has seen this alarm
	 * set was in the queue before, so it is seen here.
	 */
	private void goOff(Alarm due) {
		if (!this.alarm.compareAndSet(due, null)) {
			return;
		}
		long now = this.scheduler.nanoTime();
		long wait = Long.MAX_VALUE;
		List<Waiter<C>> overdue = new ArrayList<>();
		for (Waiter<C> waiter : this.slots.queue) {
			if (waiter.isWaiting() && waiter.needsAlarm()) {
				long remaining = waiter.deadline() - now;
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

	/**
	 * An alarm at a time. Its timer is known a moment later, and may have to be cancelled
	 * before.
	 */
	private static final class Alarm {

		private final long time;

		private volatile boolean cancelled;

		private volatile @Nullable ScheduledTask timer;

		Alarm(long time) {
			this.time = time;
		}

		void begin(ScheduledTask task) {
			this.timer = task;
			if (this.cancelled) {
				task.cancel();
			}
		}

		void cancel() {
			this.cancelled = true;
			ScheduledTask task = this.timer;
			if (task != null) {
				task.cancel();
			}
		}

	}

}
