package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Runs a task on one thread at a time, without a lock: a call that comes while it runs
 * returns immediately, and the task runs once more. So after each call a run begins, also
 * if one before it throws. What that has left undone is for the next call.
 */
final class DrainLoop {

	private final Runnable task;

	private final AtomicInteger calls = new AtomicInteger();

	/**
	 * Creates a loop.
	 * @param task what to run
	 */
	DrainLoop(Runnable task) {
		this.task = task;
	}

	/**
	 * Runs the task, or lets the thread that is running it do so again. What the first
	 * run that fails throws is thrown after the last run.
	 */
	void run() {
		if (this.calls.getAndIncrement() != 0) {
			return;
		}
		@Nullable Throwable thrown = null;
		int seen = 1;
		do {
			try {
				this.task.run();
			}
			catch (Throwable ex) {
				thrown = (thrown != null) ? thrown : ex;
			}
			seen = this.calls.addAndGet(-seen);
		}
		while (seen != 0);
		if (thrown != null) {
			ReflectionUtils.rethrowRuntimeException(thrown);
		}
	}

}
