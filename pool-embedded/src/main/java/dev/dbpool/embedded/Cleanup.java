package dev.dbpool.embedded;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * What has to be undone, in the reverse order of how it was done. Every step is tried,
 * even if an earlier one failed or the thread is interrupted.
 */
final class Cleanup implements AutoCloseable {

	private final Deque<Runnable> steps = new ArrayDeque<>();

	private final CountDownLatch closing = new CountDownLatch(1);

	private final Duration shutdownGrace;

	private boolean closed;

	Cleanup(Duration shutdownGrace) {
		this.shutdownGrace = shutdownGrace;
	}

	/**
	 * How long the end of the JVM leaves it to others to close this.
	 */
	Duration shutdownGrace() {
		return this.shutdownGrace;
	}

	/**
	 * Waits until this is closed, the time is over, or the thread is interrupted.
	 */
	void awaitClose(Duration time) {
		try {
			this.closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Adds a step, or takes it immediately if everything else has been undone already.
	 * @throws IllegalStateException if it was taken immediately
	 */
	synchronized void add(Runnable step) {
		if (this.closed) {
			step.run();
			throw new IllegalStateException("the servers were closed while they started");
		}
		this.steps.push(step);
	}

	/**
	 * Takes all steps the first time, and does nothing later.
	 */
	@Override
	public void close() {
		this.closing.countDown();
		takeAll();
	}

	private synchronized void takeAll() {
		this.closed = true;
		boolean interrupted = Thread.interrupted();
		RuntimeException failure = null;
		while (!this.steps.isEmpty()) {
			failure = take(this.steps.pop(), failure);
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		if (failure != null) {
			throw failure;
		}
	}

	private static @Nullable RuntimeException take(Runnable step, @Nullable RuntimeException failure) {
		try {
			step.run();
			return failure;
		}
		catch (RuntimeException ex) {
			if (failure == null) {
				return ex;
			}
			failure.addSuppressed(ex);
			return failure;
		}
	}

}
