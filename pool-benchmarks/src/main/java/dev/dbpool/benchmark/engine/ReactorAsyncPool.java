package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.function.Consumer;

import reactor.pool.InstrumentedPool;
import reactor.pool.PooledRef;

/**
 * reactor-pool as it is meant to be used.
 */
final class ReactorAsyncPool implements AsyncPool {

	private final InstrumentedPool<Object> pool;

	private final Duration patience;

	private ReactorAsyncPool(InstrumentedPool<Object> pool, Duration patience) {
		this.pool = pool;
		this.patience = patience;
	}

	static AsyncPool withDefaults(int connections, Duration patience) {
		return new ReactorAsyncPool(ReactorPool.open(connections), patience);
	}

	static AsyncPool withMetrics(int connections, Duration patience) {
		return new ReactorAsyncPool(ReactorPool.openWithMetrics(connections), patience);
	}

	@Override
	public Acquirer acquirer(Consumer<Object> receiver) {
		return new MonoAcquirer(this.pool, this.patience, receiver);
	}

	@Override
	public void close() {
		this.pool.dispose();
	}

	private static final class MonoAcquirer extends SubscribingAcquirer {

		private final InstrumentedPool<Object> pool;

		private final Duration patience;

		MonoAcquirer(InstrumentedPool<Object> pool, Duration patience, Consumer<Object> receiver) {
			super(receiver);
			this.pool = pool;
			this.patience = patience;
		}

		@Override
		public Object acquire() {
			return subscribe(this.pool.acquire(this.patience));
		}

		@Override
		public Object work() {
			return subscribe(this.pool.withPoolable((connection) -> WORK).next());
		}

		@Override
		public void release(Object lease) {
			((PooledRef<?>) lease).release().subscribe();
		}

	}

}
