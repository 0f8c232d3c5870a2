package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Permits without connections.
 */
final class SemaphorePool implements BlockingPool {

	private static final Object PERMIT = new Object();

	private final Semaphore semaphore;

	private final long patienceNanos;

	private SemaphorePool(Semaphore semaphore, Duration patience) {
		this.semaphore = semaphore;
		this.patienceNanos = patience.toNanos();
	}

	static BlockingPool fair(int permits, Duration patience) {
		return new SemaphorePool(new Semaphore(permits, true), patience);
	}

	static BlockingPool unfair(int permits, Duration patience) {
		return new SemaphorePool(new Semaphore(permits), patience);
	}

	@Override
	public Object acquire() throws Exception {
		if (!this.semaphore.tryAcquire(this.patienceNanos, TimeUnit.NANOSECONDS)) {
			throw new TimeoutException("no permit");
		}
		return PERMIT;
	}

	@Override
	public @Nullable Object acquireBriefly() throws Exception {
		return this.semaphore.tryAcquire(BRIEF.toNanos(), TimeUnit.NANOSECONDS) ? PERMIT : null;
	}

	@Override
	public void release(Object lease) {
		this.semaphore.release();
	}

}
