package dev.dbpool.pool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the callbacks that an executor runs on the thread which delivers them. They run
 * one after the other: what a callback delivers by a release has its turn when that
 * callback is done, so the stack does not grow with the queue. A thread that only wanted
 * to release is let go after a while, and the scheduler runs the rest.
 */
final class CallbackTurn {

	private static final Logger logger = LoggerFactory.getLogger(CallbackTurn.class);

	private static final int LONGEST = 256;

	/**
	 * The callback that runs on a thread, and those that come after it. Only threads that
	 * callbacks run on like this have one, and keep it empty.
	 */
	private static final ThreadLocal<Queue<AsyncWaiter<?>>> TURN = ThreadLocal.withInitial(ArrayDeque::new);

	private CallbackTurn() {
	}

	/**
	 * Calls a waiter back, and those that follow from it; now, or after the callback that
	 * runs on this thread.
	 */
	static void take(AsyncWaiter<?> waiter, PoolScheduler scheduler) {
		Queue<AsyncWaiter<?>> turn = TURN.get();
		boolean first = turn.isEmpty();
		turn.add(waiter);
		if (first) {
			run(turn, scheduler);
		}
	}

	private static void run(Queue<AsyncWaiter<?>> turn, PoolScheduler scheduler) {
		boolean over = false;
		while (!over) {
			try {
				runSome(turn);
			}
			finally {
				over = turn.isEmpty() || leave(turn, scheduler);
			}
		}
	}

	private static void runSome(Queue<AsyncWaiter<?>> turn) {
		for (int i = 0; i < LONGEST && !turn.isEmpty(); i++) {
			try {
				turn.element().callBack();
			}
			finally {
				turn.remove();
			}
		}
	}

	private static boolean leave(Queue<AsyncWaiter<?>> turn, PoolScheduler scheduler) {
		Queue<AsyncWaiter<?>> rest = new ArrayDeque<>(turn);
		try {
			scheduler.schedule(Duration.ZERO, () -> takeAll(rest, scheduler));
		}
		catch (Throwable ex) {
			logger.debug("The scheduler refused to run callbacks, which go on on this thread instead", ex);
			return false;
		}
		turn.clear();
		return true;
	}

	private static void takeAll(Queue<AsyncWaiter<?>> waiters, PoolScheduler scheduler) {
		Queue<AsyncWaiter<?>> turn = TURN.get();
		boolean first = turn.isEmpty();
		turn.addAll(waiters);
		if (first) {
			run(turn, scheduler);
		}
	}

}
