package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

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
 * lasts. A thread that finds all of them taken leaves its callbacks to the scheduler,
 * whose thread has a place of its own.
 */
final class CallbackTrampoline {

	private static final Logger logger = LoggerFactory.getLogger(CallbackTrampoline.class);

	private static final int PLACES = 16;

	private static final int LONGEST = 256;

	private final PoolScheduler scheduler;

	/** The threads at the places, and last the one that runs what was left over. */
	private final AtomicReferenceArray<@Nullable Thread> threads = new AtomicReferenceArray<>(PLACES + 1);

	/** Left over by all threads, for the scheduler. */
	private final Queue<AsyncWaiter<?>> leftOver = new ConcurrentLinkedQueue<>();

	/** One for each place, for the thread that has it. */
	private final List<Queue<AsyncWaiter<?>>> queues = IntStream.rangeClosed(0, PLACES)
		.<Queue<AsyncWaiter<?>>>mapToObj((place) -> (place < PLACES) ? new ArrayDeque<>() : this.leftOver)
		.toList();

	/** Whether a thread runs what is left over, or the scheduler is to. */
	private final AtomicBoolean scheduled = new AtomicBoolean();

	CallbackTrampoline(PoolScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Calls a waiter back: now, after the callback that runs on this thread, or on the
	 * scheduler.
	 */
	void take(AsyncWaiter<?> waiter) {
		Thread current = Thread.currentThread();
		int running = findPlace(current, PLACES + 1);
		int place = (running >= 0) ? running : claimPlace(current);
		if (running >= 0) {
			this.queues.get(place).add(waiter);
		}
		else if (place >= 0) {
			run(place, waiter);
		}
		else {
			this.leftOver.add(waiter);
			leaveToScheduler();
		}
	}

	private int claimPlace(Thread current) {
		int place = findPlace(null, PLACES);
		while (place >= 0 && !this.threads.compareAndSet(place, null, current)) {
			place = findPlace(null, PLACES);
		}
		return place;
	}

	private int findPlace(@Nullable Thread thread, int places) {
		for (int place = 0; place < places; place++) {
			if (this.threads.get(place) == thread) {
				return place;
			}
		}
		return -1;
	}

	private void run(int place, AsyncWaiter<?> first) {
		Queue<AsyncWaiter<?>> queue = this.queues.get(place);
		try {
			callBack(first);
			runSome(queue, LONGEST - 1);
			this.leftOver.addAll(queue);
			queue.clear();
		}
		finally {
			this.threads.setRelease(place, null);
		}
		leaveToScheduler();
	}

	private static void runSome(Queue<AsyncWaiter<?>> queue, int most) {
		for (int i = 0; i < most && !queue.isEmpty(); i++) {
			callBack(queue.remove());
		}
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
	 * Sees to it that what is left over is run. Looks again after a turn: a thread that
	 * left something during it has relied on that.
	 */
	private void leaveToScheduler() {
		if (!this.leftOver.isEmpty() && this.scheduled.compareAndSet(false, true)) {
			this.scheduler.schedule(Duration.ZERO, this::runLeftOver);
		}
	}

	private void runLeftOver() {
		this.threads.set(PLACES, Thread.currentThread());
		try {
			runSome(this.leftOver, LONGEST);
		}
		finally {
			this.threads.set(PLACES, null);
			this.scheduled.set(false);
		}
		leaveToScheduler();
	}

}
