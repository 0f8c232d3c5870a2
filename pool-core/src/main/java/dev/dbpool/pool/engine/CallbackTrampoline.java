package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;

import dev.dbpool.pool.PoolScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the callbacks of a pool one after the other on each thread. An executor may run a
 * callback right on the thread that delivers it, and the callback may release a lease,
 * which delivers the next one. That has its turn when the first is done, so the stack
 * does not grow with the queue. A thread that only wanted to release is let go after a
 * while, and the scheduler runs the rest.
 * <p>
 * Keeps nothing by thread: a thread takes one of a few places for as long as its turn
 * lasts. Where all are taken, callbacks run immediately.
 */
final class CallbackTrampoline {

	private static final Logger logger = LoggerFactory.getLogger(CallbackTrampoline.class);

	private static final int PLACES = 16;

	private static final int LONGEST = 256;

	private final PoolScheduler scheduler;

	private final AtomicReferenceArray<@Nullable Thread> threads = new AtomicReferenceArray<>(PLACES);

	/** One for each place, for the thread that has it. */
	private final List<Queue<AsyncWaiter<?>>> queues = Stream.<Queue<AsyncWaiter<?>>>generate(ArrayDeque::new)
		.limit(PLACES)
		.toList();

	CallbackTrampoline(PoolScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Calls a waiter back: now, or after the callback that runs on this thread.
	 */
	void take(AsyncWaiter<?> waiter) {
		int running = findPlace(Thread.currentThread());
		int place = (running >= 0) ? running : claimPlace();
		if (place < 0) {
			waiter.callBack();
		}
		else if (running >= 0) {
			this.queues.get(place).add(waiter);
		}
		else {
			run(place, waiter);
		}
	}

	private void takeAll(List<AsyncWaiter<?>> waiters) {
		int running = findPlace(Thread.currentThread());
		int place = (running >= 0) ? running : claimPlace();
		if (place < 0) {
			waiters.forEach(AsyncWaiter::callBack);
			return;
		}
		this.queues.get(place).addAll(waiters);
		if (running < 0) {
			run(place, this.queues.get(place).remove());
		}
	}

	private int claimPlace() {
		Thread current = Thread.currentThread();
		int place = findPlace(null);
		while (place >= 0 && !this.threads.compareAndSet(place, null, current)) {
			place = findPlace(null);
		}
		return place;
	}

	private int findPlace(@Nullable Thread thread) {
		for (int place = 0; place < PLACES; place++) {
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
			while (!queue.isEmpty()) {
				runSome(queue);
				leaveToScheduler(queue);
			}
		}
		finally {
			this.threads.setRelease(place, null);
		}
	}

	private static void runSome(Queue<AsyncWaiter<?>> queue) {
		for (int i = 1; i < LONGEST && !queue.isEmpty(); i++) {
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

	private void leaveToScheduler(Queue<AsyncWaiter<?>> queue) {
		if (queue.isEmpty()) {
			return;
		}
		List<AsyncWaiter<?>> rest = List.copyOf(queue);
		queue.clear();
		try {
			this.scheduler.schedule(Duration.ZERO, () -> takeAll(rest));
		}
		catch (Throwable ex) {
			queue.addAll(rest);
			logger.debug("The scheduler refused to run callbacks, which go on on this thread instead", ex);
		}
	}

}
