package dev.dbpool.pool.engine;

import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Callers who are refused come in masses, when the pool has the least time for them.
 */
class RejectionTests extends PoolTestSupport {

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	@Test
	void saysHowManyWaitForHowManyConnections() {
		ConnectionPool<Connection> pool = full(2);
		assertThatExceptionOfType(AcquireRejectedException.class).isThrownBy(() -> pool.acquire(OWNER))
			.withMessage("pool 'test' refused a caller: 1 wait already for 2 connections, as many as may. "
					+ "Slow callers down, or raise the maximum of connections or of pending callers");
	}

	@Test
	void costsTheSameInAPoolOfAnySize() {
		ConnectionPool<Connection> small = full(1);
		ConnectionPool<Connection> large = full(400);
		assertThat(bytesOfRejections(large)).isLessThan(2 * bytesOfRejections(small));
	}

	private ConnectionPool<Connection> full(int size) {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(size).maxPending(1));
		for (int i = 0; i < size; i++) {
			pool.acquire(OWNER);
		}
		acquire(pool);
		return pool;
	}

	private long bytesOfRejections(ConnectionPool<Connection> pool) {
		reject(pool);
		long thread = Thread.currentThread().getId();
		long before = THREADS.getThreadAllocatedBytes(thread);
		for (int i = 0; i < 20; i++) {
			reject(pool);
		}
		return THREADS.getThreadAllocatedBytes(thread) - before;
	}

	private void reject(ConnectionPool<Connection> pool) {
		assertThat(acquire(pool).failure).isInstanceOf(AcquireRejectedException.class);
	}

}
