package dev.dbpool.pool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

import org.jspecify.annotations.Nullable;
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

	private static final ThreadLocal<Queue<Runnable>> CURRENT = new ThreadLocal<>();

	private CallbackTurn() {
	}

	/**
	 * Runs a callback, and those that follow from it; now, or after the callback that
	 * runs on this thread.
	 */
	static void run(Runnable callback, PoolScheduler scheduler) {
		@Nullable Queue<Runnable> current = CURRENT.get();
		if (current != null) {
			current.add(callback);
			return;
		}
		Queue<Runnable> turn = new ArrayDeque<>();
		turn.add(callback);
		take(turn, scheduler);
	}

	private static void take(Queue<Runnable> turn, PoolScheduler scheduler) {
		runSome(turn);
		while (!turn.isEmpty()) {
			try {
				scheduler.schedule(Duration.ZERO, () -> take(turn, scheduler));
				return;
			}
			catch (Throwable ex) {
				logger.debug("The scheduler refused to run callbacks, which go on on this thread instead", ex);
			}
			runSome(turn);
		}
	}

	private static void runSome(Queue<Runnable> turn) {
		CURRENT.set(turn);
		try {
			for (int i = 0; i < LONGEST && !turn.isEmpty(); i++) {
				turn.remove().run();
			}
		}
		finally {
			CURRENT.remove();
		}
	}

}
