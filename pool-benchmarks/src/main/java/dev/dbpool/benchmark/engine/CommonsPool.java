package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.NoSuchElementException;

import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;

/**
 * commons-pool2 with its defaults but the size.
 */
final class CommonsPool implements BlockingPool {

	private final GenericObjectPool<Object> pool;

	CommonsPool(int connections, Duration patience) throws Exception {
		GenericObjectPoolConfig<Object> configuration = new GenericObjectPoolConfig<>();
		configuration.setMinIdle(connections);
		configuration.setMaxIdle(connections);
		configuration.setMaxTotal(connections);
		configuration.setMaxWait(patience);
		this.pool = new GenericObjectPool<>(new ObjectFactory(), configuration);
		this.pool.preparePool();
	}

	@Override
	public Object acquire() throws Exception {
		return this.pool.borrowObject();
	}

	@Override
	public @Nullable Object acquireBriefly() throws Exception {
		try {
			return this.pool.borrowObject(BRIEF);
		}
		catch (NoSuchElementException ex) {
			return null;
		}
	}

	@Override
	public void release(Object lease) {
		this.pool.returnObject(lease);
	}

	@Override
	public void close() {
		this.pool.close();
	}

	private static final class ObjectFactory extends BasePooledObjectFactory<Object> {

		@Override
		public Object create() {
			return new Object();
		}

		@Override
		public PooledObject<Object> wrap(Object object) {
			return new DefaultPooledObject<>(object);
		}

	}

}
