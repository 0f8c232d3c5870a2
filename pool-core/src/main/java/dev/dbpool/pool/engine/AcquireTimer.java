package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

	private static final Logger logger = LoggerFactory.getLogger(AcquireTimer.class);

	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	/** Walks through a long queue take no more than a part of the scheduler's time. */
	private static final int WALKS_PART = 4;

	private final PoolScheduler scheduler;

	private final LeaseSlots<C> slots;

	private final AtomicReference<@Nullable Alarm> alarm = new AtomicReference<>();

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
		return alarmBy(waiter.alarmAt(), 0);
	}

	private boolean alarmBy(long time, long soonest) {
		for (Alarm set = this.alarm.get(); set == null || time - set.time < 0; set = this.alarm.get()) {
			Alarm next = new Alarm(time, new CompletableFuture<>());
			if (this.alarm.compareAndSet(set, next)) {
				schedule(next, soonest);
				if (set != null) {
					set.cancel();
				}
				return !this.stopped;
			}
		}
		return !this.stopped;
	}

	private void schedule(Alarm next, long soonest) {
		long delay = Math.max(soonest, next.time - this.scheduler.nanoTime());
		next.task.complete(this.scheduler.schedule(Duration.ofNanos(Math.max(0, delay)), () -> goOff(next)));
		if (this.stopped) {
			next.cancel();
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
		boolean any = false;
		long earliest = 0;
		List<Waiter<C>> overdue = new ArrayList<>();
		for (Waiter<C> waiter : this.slots.queue) {
			if (waiter.isWaiting() && waiter.needsAlarm()) {
				long time = waiter.alarmAt();
				if (time - now <= 0) {
					wakeOrAdd(waiter, overdue);
				}
				else if (!any || time - earliest < 0) {
					any = true;
					earliest = time;
				}
			}
		}
		if (any) {
			alarmBy(earliest, Math.max(SHORTEST_NANOS, WALKS_PART * (this.scheduler.nanoTime() - now)));
		}
		overdue.forEach(this::notify);
	}

	private void wakeOrAdd(Waiter<C> waiter, List<Waiter<C>> overdue) {
		if (waiter instanceof BlockingWaiter<C>) {
			notify(waiter);
		}
		else {
			overdue.add(waiter);
		}
	}

	private void notify(Waiter<C> waiter) {
		try {
			waiter.alarm();
		}
		catch (Throwable ex) {
			logger.error("The wait of {} could not be ended", waiter.owner(), ex);
		}
	}

	void stop() {
		this.stopped = true;
		Alarm last = this.alarm.get();
		if (last != null) {
			last.cancel();
		}
	}

	/**
	 * A timer that may be cancelled before it is known.
	 */
	private record Alarm(long time, CompletableFuture<ScheduledTask> task) {

		void cancel() {
			this.task.thenAccept(ScheduledTask::cancel);
		}

	}

}
