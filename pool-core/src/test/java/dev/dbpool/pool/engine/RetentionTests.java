package dev.dbpool.pool.engine;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a pool must not keep from the garbage collector.
 */
class RetentionTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	@Test
	void keepsNoConnectionThatIsClosed() {
		try (ConnectionPool<Object> pool = ConnectionPool.create(options(), new ObjectConnector())) {
			Lease<Object> lease = pool.acquire(OWNER);
			WeakReference<Object> connection = new WeakReference<>(lease.connection());
			lease.invalidate();
			lease.close();
			assertCollected(connection);
			assertThat(lease.owner()).isEqualTo(OWNER);
		}
	}

	@Test
	void keepsNoCallerThatHasGivenUp() {
		try (ConnectionPool<Object> pool = ConnectionPool.create(options(), new ObjectConnector());
				Lease<Object> held = pool.acquire(OWNER)) {
			assertCollected(giveUp(pool));
			assertThat(held.isActive()).isTrue();
		}
	}

	@Test
	void keepsNoThreadThatUsedAConnectionThatIsClosed() throws Exception {
		try (ConnectionPool<Object> pool = ConnectionPool.create(options(), new ObjectConnector())) {
			WeakReference<Object> thread = useInThread(pool);
			pool.evict(1);
			assertCollected(thread);
		}
	}

	private static WeakReference<Object> useInThread(ConnectionPool<Object> pool) throws InterruptedException {
		Thread thread = new Thread(() -> pool.acquire(OWNER).close());
		thread.start();
		thread.join();
		return new WeakReference<>(thread);
	}

	private static WeakReference<Object> giveUp(ConnectionPool<Object> pool) {
		CompletableFuture<Lease<Object>> future = pool.acquireAsync(OWNER, Duration.ofHours(1));
		future.cancel(false);
		return new WeakReference<>(future);
	}

	private static PoolOptions options() {
		return PoolOptions.builder("retention").maxConnections(1).build();
	}

	private static void assertCollected(WeakReference<Object> reference) {
		Awaitility.await().until(() -> {
			System.gc();
			return reference.get() == null;
		});
	}

	private static final class ObjectConnector implements Connector<Object> {

		@Override
		public CompletionStage<Object> open(ConnectionEvents events) {
			return CompletableFuture.completedStage(new Object());
		}

		@Override
		public CompletionStage<Void> validate(Object connection) {
			return CompletableFuture.completedStage(null);
		}

		@Override
		public CompletionStage<Void> close(Object connection) {
			return CompletableFuture.completedStage(null);
		}

	}

}
