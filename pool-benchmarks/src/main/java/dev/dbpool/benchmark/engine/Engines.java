package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;

/**
 * Opens pools of plain objects. Everything is as by default but the size and the bound on
 * callers that wait.
 */
final class Engines {

	static final LeaseOwner OWNER = LeaseOwner.of("benchmark");

	private static final int MAX_PENDING = 1_000_000;

	private Engines() {
	}

	static ConnectionPool<Object> open(int connections, Duration patience) {
		return open(connections, patience, UnaryOperator.identity());
	}

	/**
	 * Opens a pool with what the starter adds by default: listeners that log outages and
	 * leaks, and count connections.
	 */
	static ConnectionPool<Object> openAsInStarter(int connections, Duration patience) {
		return open(connections, patience,
				(options) -> options.listener(PoolListener.all(List.of(new LifeListener(), new LifeListener()))));
	}

	/**
	 * Opens a pool whose callbacks run on the releasing thread, whatever they do.
	 */
	static ConnectionPool<Object> openWithoutExecutor(int connections, Duration patience) {
		return open(connections, patience, (options) -> options.executor(Runnable::run));
	}

	private static ConnectionPool<Object> open(int connections, Duration patience,
			UnaryOperator<PoolOptions.Builder> customizer) {
		PoolOptions.Builder options = PoolOptions.builder("benchmark")
			.minConnections(connections)
			.maxConnections(connections)
			.maxPending(MAX_PENDING)
			.acquireTimeout(patience);
		ConnectionPool<Object> pool = ConnectionPool.create(customizer.apply(options).build(), new ObjectConnector());
		while (pool.snapshot().idle() < connections) {
			LockSupport.parkNanos(1_000_000);
		}
		return pool;
	}

	private static final class LifeListener implements PoolListener {

		private final LongAdder opened = new LongAdder();

		@Override
		public boolean listensToLeases() {
			return false;
		}

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			this.opened.increment();
		}

	}

	private static final class ObjectConnector implements Connector<Object> {

		private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

		@Override
		public CompletionStage<Object> open(ConnectionEvents events) {
			return CompletableFuture.completedStage(new Object());
		}

		@Override
		public CompletionStage<Void> validate(Object connection) {
			return DONE;
		}

		@Override
		public boolean isReusable(Object connection) {
			return true;
		}

		@Override
		public CompletionStage<Void> close(Object connection) {
			return DONE;
		}

	}

}
