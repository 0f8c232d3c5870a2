package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
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

	private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();

	private final PoolScheduler scheduler;

	private final LeaseSlots<C> slots;

	private final Consumer<AsyncWaiter<C>> expire;

	private final AtomicReference<@Nullable Alarm> alarm = new AtomicReference<>();

	private volatile boolean stopped;

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
		for (Alarm set = this.alarm.get(); set == null || deadline - set.deadline < 0; set = this.alarm.get()) {
			Alarm next = new Alarm(deadline);
			if (this.alarm.compareAndSet(set, next)) {
				if (set != null) {
					set.cancel();
				}
				schedule(next, soonest);
				return;
			}
		}
	}

	private void schedule(Alarm next, long soonest) {
		long delay = Math.max(soonest, next.deadline - this.scheduler.nanoTime());
		try {
			next.isSet(this.scheduler.schedule(Duration.ofNanos(Math.max(0, delay)), () -> goOff(next)));
		}
		catch (Throwable ex) {
			logger.warn("The scheduler refused a timer. Callers that wait may do so for longer than their timeout", ex);
			this.alarm.compareAndSet(next, null);
		}
		if (this.stopped) {
			next.cancel();
		}
	}

	/**
	 * Ends the waits that are over. A waiter that has seen this alarm set was in the
	 * queue before, so it is seen here.
	 */
	private void goOff(Alarm due) {
		if (!this.alarm.compareAndSet(due, null)) {
			return;
		}
		long now = this.scheduler.nanoTime();
		AsyncWaiter<C> next = null;
		for (Waiter<C> waiter : this.slots.waiters()) {
			if (waiter instanceof AsyncWaiter<C> waiting && waiting.isWaiting()) {
				if (waiting.deadline() - now <= 0) {
					expire(waiting);
				}
				else if (next == null || waiting.deadline() - next.deadline() < 0) {
					next = waiting;
				}
			}
		}
		if (next != null) {
			alarmBy(next.deadline(), SHORTEST_NANOS);
		}
	}

	private void expire(AsyncWaiter<C> waiter) {
		try {
			this.expire.accept(waiter);
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
	private static final class Alarm {

		private final long deadline;

		private volatile @Nullable ScheduledTask task;

		private volatile boolean cancelled;

		Alarm(long deadline) {
			this.deadline = deadline;
		}

		void isSet(ScheduledTask scheduled) {
			this.task = scheduled;
			if (this.cancelled) {
				scheduled.cancel();
			}
		}

		void cancel() {
			this.cancelled = true;
			Timers.cancel(this.task);
		}

	}

}
