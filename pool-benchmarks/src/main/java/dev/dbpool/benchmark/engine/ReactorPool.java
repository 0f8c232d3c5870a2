package dev.dbpool.benchmark.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolBuilder;
import reactor.pool.PoolConfig;
import reactor.pool.PooledRef;

/**
 * reactor-pool under threads that block.
 */
final class ReactorPool implements BlockingPool {

	private final InstrumentedPool<Object> pool;

	private final Duration patience;

	private ReactorPool(InstrumentedPool<Object> pool, Duration patience) {
		this.pool = pool;
		this.patience = patience;
	}

	static BlockingPool withDefaults(int connections, Duration patience) {
		return new ReactorPool(open(connections), patience);
	}

	static BlockingPool withMetrics(int connections, Duration patience) {
		return new ReactorPool(openWithMetrics(connections), patience);
	}

	static InstrumentedPool<Object> open(int connections) {
		return opened(builder(connections));
	}

	static InstrumentedPool<Object> openWithMetrics(int connections) {
		return opened(builder(connections).metricsRecorder(new ReactorPoolMeters()));
	}

	private static PoolBuilder<Object, PoolConfig<Object>> builder(int connections) {
		return PoolBuilder.from(Mono.fromCallable(Object::new))
			.sizeBetween(connections, connections)
			.maxPendingAcquireUnbounded();
	}

	private static InstrumentedPool<Object> opened(PoolBuilder<Object, PoolConfig<Object>> builder) {
		InstrumentedPool<Object> pool = builder.buildPool();
		pool.warmup().block();
		return pool;
	}

	@Override
	public Object acquire() {
		return acquire(this.patience);
	}

	@Override
	public @Nullable Object acquireBriefly() {
		try {
			return acquire(BRIEF);
		}
		catch (RuntimeException ex) {
			if (ex.getCause() instanceof PoolAcquireTimeoutException) {
				return null;
			}
			throw ex;
		}
	}

	private Object acquire(Duration timeout) {
		PooledRef<Object> ref = this.pool.acquire(timeout).block();
		if (ref == null) {
			throw new IllegalStateException("no lease");
		}
		return ref;
	}

	@Override
	public Object connection(Object lease) {
		return ((PooledRef<?>) lease).poolable();
	}

	@Override
	public void release(Object lease) {
		((PooledRef<?>) lease).release().block();
	}

	@Override
	public void close() {
		this.pool.dispose();
	}

}
