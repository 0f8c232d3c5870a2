package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicInteger;

import reactor.core.Exceptions;

/**
 * Runs a task on one thread at a time, without a lock: a call that comes while it runs
 * returns immediately, and the task runs once more. So what was there before a call is
 * seen by a run that begins after it, also if a run throws.
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
	 * Runs the task, or lets the thread that is running it do so again. Throws what a run
	 * has thrown after the last one.
	 */
	void run() {
		if (this.calls.getAndIncrement() != 0) {
			return;
		}
		Throwable thrown = null;
		int seen = 1;
		do {
			try {
				this.task.run();
			}
			catch (Throwable ex) {
				thrown = ex;
			}
			seen = this.calls.addAndGet(-seen);
		}
		while (seen != 0);
		if (thrown != null) {
			throw Exceptions.propagate(thrown);
		}
	}

}
