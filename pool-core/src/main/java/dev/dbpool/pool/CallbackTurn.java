package dev.dbpool.pool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one thread delivers to callers through the executor of a pool. An executor may run
 * a callback right there, on the thread that delivers it. Such callbacks run one after
 * the other: what a callback delivers by a release has its turn when that callback is
 * done, so the stack does not grow with the queue. A thread that only wanted to release
 * is let go after a while, and the scheduler runs the rest.
 */
final class CallbackTurn {

	private static final Logger logger = LoggerFactory.getLogger(CallbackTurn.class);

	private static final int LONGEST = 256;

	private static final ThreadLocal<CallbackTurn> CURRENT = ThreadLocal.withInitial(CallbackTurn::new);

	private final Queue<AsyncWaiter<?>> queue = new ArrayDeque<>();

	private @Nullable AsyncWaiter<?> delivered;

	private boolean running;

	private CallbackTurn() {
	}

	/**
	 * Gives a waiter to an executor; if that fails, its callback runs on this thread.
	 */
	static void deliver(AsyncWaiter<?> waiter, PoolOptions options) {
		CallbackTurn turn = CURRENT.get();
		AsyncWaiter<?> outer = turn.delivered;
		turn.delivered = waiter;
		try {
			options.executor().execute(waiter);
		}
		catch (Throwable ex) {
			logger.debug("Executor of pool '{}' refused a callback, which runs on this thread instead", options.name(),
					ex);
			waiter.run();
		}
		finally {
			turn.delivered = outer;
		}
	}

	/**
	 * Calls a waiter back: now, or after the callback that runs on this thread.
	 */
	static void callBack(AsyncWaiter<?> waiter, PoolScheduler scheduler) {
		CallbackTurn turn = CURRENT.get();
		if (turn.delivered != waiter) {
			waiter.callBack();
			return;
		}
		turn.queue.add(waiter);
		if (!turn.running) {
			turn.run(scheduler);
		}
	}

	private void run(PoolScheduler scheduler) {
		runSome();
		while (!this.queue.isEmpty() && !leaveTo(scheduler)) {
			runSome();
		}
	}

	private void runSome() {
		this.running = true;
		try {
			for (int i = 0; i < LONGEST && !this.queue.isEmpty(); i++) {
				this.queue.remove().callBack();
			}
		}
		finally {
			this.running = false;
		}
	}

	private boolean leaveTo(PoolScheduler scheduler) {
		Queue<AsyncWaiter<?>> rest = new ArrayDeque<>(this.queue);
		this.queue.clear();
		try {
			scheduler.schedule(Duration.ZERO, () -> goOn(rest, scheduler));
			return true;
		}
		catch (Throwable ex) {
			this.queue.addAll(rest);
			logger.debug("The scheduler refused to run callbacks, which go on on this thread instead", ex);
			return false;
		}
	}

	private static void goOn(Queue<AsyncWaiter<?>> rest, PoolScheduler scheduler) {
		CallbackTurn turn = CURRENT.get();
		turn.queue.addAll(rest);
		if (!turn.running) {
			turn.run(scheduler);
		}
	}

}
