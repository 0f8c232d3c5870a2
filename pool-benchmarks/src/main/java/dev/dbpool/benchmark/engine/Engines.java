package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;

import dev.dbpool.pool.ConnectionEvents;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;

/**
 * Opens pools of plain objects. Everything is as by default but the size, the bound on
 * callers that wait, and the executor: callbacks run on the releasing thread, as they do
 * in reactor-pool.
 */
final class Engines {

	static final LeaseOwner OWNER = LeaseOwner.of("benchmark");

	private static final int MAX_PENDING = 1_000_000;

	private Engines() {
	}

	static ConnectionPool<Object> open(int connections, Duration patience) {
		ConnectionPool<Object> pool = ConnectionPool.create(PoolOptions.builder("benchmark")
			.minConnections(connections)
			.maxConnections(connections)
			.maxPending(MAX_PENDING)
			.acquireTimeout(patience)
			.executor(Runnable::run)
			.build(), new ObjectConnector());
		while (pool.snapshot().idle() < connections) {
			LockSupport.parkNanos(1_000_000);
		}
		return pool;
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
