package dev.dbpool.benchmark.engine;

import java.time.Duration;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import org.jspecify.annotations.Nullable;

/**
 * {@link ConnectionPool} with everything that is on by default.
 */
final class EnginePool implements BlockingPool {

	private final ConnectionPool<Object> pool;

	private EnginePool(ConnectionPool<Object> pool) {
		this.pool = pool;
	}

	static BlockingPool withDefaults(int connections, Duration patience) {
		return new EnginePool(Engines.open(connections, patience));
	}

	static BlockingPool asInStarter(int connections, Duration patience) {
		return new EnginePool(Engines.openAsInStarter(connections, patience));
	}

	@Override
	public Object acquire() {
		return this.pool.acquire(Engines.OWNER);
	}

	@Override
	public @Nullable Object acquireBriefly() {
		try {
			return this.pool.acquire(Engines.OWNER, BRIEF);
		}
		catch (AcquireTimeoutException ex) {
			return null;
		}
	}

	@Override
	public Object connection(Object lease) {
		return ((Lease<?>) lease).connection();
	}

	@Override
	public void release(Object lease) {
		((Lease<?>) lease).close();
	}

	@Override
	public void close() {
		this.pool.close(Duration.ZERO);
	}

}
