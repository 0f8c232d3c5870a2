package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import stormpot.Allocator;
import stormpot.BasePoolable;
import stormpot.Expiration;
import stormpot.Pool;
import stormpot.Slot;
import stormpot.Timeout;

/**
 * Stormpot with its thread-safe tap, which is the pool itself. Nothing expires: by
 * default it reads the clock at each claim, which takes most of the time.
 */
final class StormpotPool implements BlockingPool {

	private static final Timeout BRIEFLY = new Timeout(BRIEF);

	private final Pool<Pooled> pool;

	private final Timeout patience;

	StormpotPool(int connections, Duration patience) {
		this.patience = new Timeout(patience);
		this.pool = Pool.from(new PooledAllocator()).setSize(connections).setExpiration(Expiration.never()).build();
	}

	@Override
	public Object acquire() throws Exception {
		Pooled pooled = this.pool.claim(this.patience);
		if (pooled == null) {
			throw new TimeoutException("claim timed out");
		}
		return pooled;
	}

	@Override
	public @Nullable Object acquireBriefly() throws Exception {
		return this.pool.claim(BRIEFLY);
	}

	@Override
	public void release(Object lease) {
		((Pooled) lease).release();
	}

	@Override
	public void close() {
		this.pool.shutdown();
	}

	private static final class Pooled extends BasePoolable {

		Pooled(Slot slot) {
			super(slot);
		}

	}

	private static final class PooledAllocator implements Allocator<Pooled> {

		@Override
		public Pooled allocate(Slot slot) {
			return new Pooled(slot);
		}

		@Override
		public void deallocate(Pooled pooled) {
		}

	}

}
