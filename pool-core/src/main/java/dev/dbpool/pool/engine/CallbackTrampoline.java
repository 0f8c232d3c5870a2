package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs callbacks one after the other that an executor runs on the thread that delivers
 * them. Such a callback may release a lease, which delivers the next one. That has its
 * turn when the first is done, so the stack does not grow with the queue. A thread that
 * only wanted to release is let go after a while, and the scheduler runs the rest.
 * <p>
 * Keeps nothing by thread: a thread takes one of a few places for as long as its turn
 * lasts. A thread that finds all of them taken leaves its callbacks to the others and to
 * the scheduler, whose thread has a place of its own.
 */
final class CallbackTrampoline {

	private static final Logger logger = LoggerFactory.getLogger(CallbackTrampoline.class);

	private static final int PLACES = 16;

	private static final int LONGEST = 256;

	private final PoolScheduler scheduler;

	/** The threads that run callbacks, that of the scheduler last. */
	private final AtomicReferenceArray<@Nullable Thread> running = new AtomicReferenceArray<>(PLACES + 1);

	/** Those that have their turn when a callback that runs now is done. */
	private final Queue<AsyncWaiter<?>> next = new ConcurrentLinkedQueue<>();

	/** Whether the scheduler is to run what is left over. */
	private final AtomicBoolean scheduled = new AtomicBoolean();

	CallbackTrampoline(PoolScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Calls a waiter back: now, after the callback that runs on this thread, or on
	 * another thread that runs callbacks.
	 */
	void take(AsyncWaiter<?> waiter) {
		Thread current = Thread.currentThread();
		for (int place = 0; place <= PLACES; place++) {
			if (this.running.get(place) == current) {
				this.next.add(waiter);
				return;
			}
		}
		for (int place = 0; place < PLACES; place++) {
			if (this.running.get(place) == null && this.running.compareAndSet(place, null, current)) {
				run(place, waiter);
				return;
			}
		}
		this.next.add(waiter);
		leaveToScheduler();
	}

	private void run(int place, @Nullable AsyncWaiter<?> first) {
		try {
			AsyncWaiter<?> waiter = first;
			for (int called = 1; waiter != null; called++) {
				callBack(waiter);
				waiter = (called < LONGEST) ? this.next.poll() : null;
			}
		}
		finally {
			this.running.set(place, null);
		}
		leaveToScheduler();
	}

	/**
	 * Calls back. What a callback throws was logged before; if that failed as well, the
	 * callbacks behind it run nevertheless.
	 */
	private static void callBack(AsyncWaiter<?> waiter) {
		try {
			waiter.callBack();
		}
		catch (Throwable ex) {
			logger.debug("A callback could not be run, nor its failure be logged", ex);
		}
	}

	/**
	 * Sees to it that what is left over is run. Looks after a turn: a thread that left
	 * something during it has relied on that.
	 */
	private void leaveToScheduler() {
		if (!this.next.isEmpty() && this.scheduled.compareAndSet(false, true)) {
			this.scheduler.schedule(Duration.ZERO, this::runLeftOver);
		}
	}

	private void runLeftOver() {
		this.scheduled.set(false);
		this.running.set(PLACES, Thread.currentThread());
		run(PLACES, this.next.poll());
	}

}
