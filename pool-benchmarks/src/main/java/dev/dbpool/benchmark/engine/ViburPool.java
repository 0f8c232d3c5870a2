package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.vibur.objectpool.ConcurrentPool;
import org.vibur.objectpool.PoolObjectFactory;
import org.vibur.objectpool.util.ConcurrentLinkedQueueCollection;

/**
 * The object pool of vibur-dbcp. Fair is vibur-dbcp's default.
 */
final class ViburPool implements BlockingPool {

	private final ConcurrentPool<Object> pool;

	private final long patienceNanos;

	private ViburPool(int connections, Duration patience, boolean fair) {
		this.patienceNanos = patience.toNanos();
		this.pool = new ConcurrentPool<>(new ConcurrentLinkedQueueCollection<>(), new ObjectFactory(), connections,
				connections, fair);
	}

	static BlockingPool fair(int connections, Duration patience) {
		return new ViburPool(connections, patience, true);
	}

	static BlockingPool unfair(int connections, Duration patience) {
		return new ViburPool(connections, patience, false);
	}

	@Override
	public Object acquire() throws Exception {
		Object lease = this.pool.tryTake(this.patienceNanos, TimeUnit.NANOSECONDS);
		if (lease == null) {
			throw new TimeoutException("take timed out");
		}
		return lease;
	}

	@Override
	public @Nullable Object acquireBriefly() throws Exception {
		return this.pool.tryTake(BRIEF.toNanos(), TimeUnit.NANOSECONDS);
	}

	@Override
	public void release(Object lease) {
		this.pool.restore(lease);
	}

	@Override
	public void close() {
		this.pool.close();
	}

	private static final class ObjectFactory implements PoolObjectFactory<Object> {

		@Override
		public Object create() {
			return new Object();
		}

		@Override
		public boolean readyToTake(Object object) {
			return true;
		}

		@Override
		public boolean readyToRestore(Object object) {
			return true;
		}

		@Override
		public void destroy(Object object) {
		}

	}

}
