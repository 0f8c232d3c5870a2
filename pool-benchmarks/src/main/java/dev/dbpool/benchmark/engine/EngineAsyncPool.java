package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import dev.dbpool.client.ReactiveLeases;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.PoolException;

/**
 * {@link ConnectionPool} by its three asynchronous methods.
 */
final class EngineAsyncPool implements AsyncPool {

	private final ConnectionPool<Object> pool;

	private final BiFunction<ConnectionPool<Object>, Consumer<Object>, Acquirer> way;

	private EngineAsyncPool(ConnectionPool<Object> pool,
			BiFunction<ConnectionPool<Object>, Consumer<Object>, Acquirer> way) {
		this.pool = pool;
		this.way = way;
	}

	static AsyncPool callbacks(int connections, Duration patience) {
		return new EngineAsyncPool(Engines.open(connections, patience), CallbackAcquirer::new);
	}

	static AsyncPool futures(int connections, Duration patience) {
		return new EngineAsyncPool(Engines.openWithoutExecutor(connections, patience), FutureAcquirer::new);
	}

	static AsyncPool monos(int connections, Duration patience) {
		return new EngineAsyncPool(Engines.open(connections, patience), MonoAcquirer::new);
	}

	static AsyncPool monosAsInStarter(int connections, Duration patience) {
		return new EngineAsyncPool(Engines.openAsInStarter(connections, patience), MonoAcquirer::new);
	}

	@Override
	public Acquirer acquirer(Consumer<Object> receiver) {
		return this.way.apply(this.pool, receiver);
	}

	@Override
	public void close() {
		this.pool.close(Duration.ZERO);
	}

	private static final class CallbackAcquirer implements Acquirer, LeaseCallback<Object> {

		private final ConnectionPool<Object> pool;

		private final Consumer<Object> receiver;

		private final Duration patience;

		CallbackAcquirer(ConnectionPool<Object> pool, Consumer<Object> receiver) {
			this.pool = pool;
			this.receiver = receiver;
			this.patience = pool.options().acquireTimeout();
		}

		@Override
		public Object acquire() {
			return this.pool.acquire(Engines.OWNER, this.patience, this);
		}

		@Override
		public void cancel(Object acquisition) {
			((Acquisition) acquisition).cancel();
		}

		@Override
		public void release(Object lease) {
			((Lease<?>) lease).close();
		}

		@Override
		public boolean isNonBlocking() {
			return true;
		}

		@Override
		public void onLease(Lease<Object> lease) {
			this.receiver.accept(lease);
		}

		@Override
		public void onFailure(PoolException cause) {
		}

	}

	private static final class FutureAcquirer implements Acquirer {

		private final ConnectionPool<Object> pool;

		private final Consumer<Object> receiver;

		private final Duration patience;

		FutureAcquirer(ConnectionPool<Object> pool, Consumer<Object> receiver) {
			this.pool = pool;
			this.receiver = receiver;
			this.patience = pool.options().acquireTimeout();
		}

		@Override
		public Object acquire() {
			var future = this.pool.acquireAsync(Engines.OWNER, this.patience);
			future.thenAccept(this.receiver);
			return future;
		}

		@Override
		public void cancel(Object acquisition) {
			((Future<?>) acquisition).cancel(false);
		}

		@Override
		public void release(Object lease) {
			((Lease<?>) lease).close();
		}

	}

	private static final class MonoAcquirer extends SubscribingAcquirer {

		private final ConnectionPool<Object> pool;

		MonoAcquirer(ConnectionPool<Object> pool, Consumer<Object> receiver) {
			super(receiver);
			this.pool = pool;
		}

		@Override
		public Object acquire() {
			return subscribe(ReactiveLeases.acquire(this.pool, Engines.OWNER));
		}

		@Override
		public Object work() {
			return subscribe(ReactiveLeases.with(this.pool, Engines.OWNER, (lease) -> WORK));
		}

		@Override
		public void release(Object lease) {
			((Lease<?>) lease).close();
		}

	}

}
