package dev.dbpool.pool.engine;

import java.lang.management.ManagementFactory;
import java.util.List;

import com.sun.management.ThreadMXBean;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
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
	void messageHasTheWaitersTheLeasesAndWhatToDo() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(5).maxPending(1));
		for (String operation : List.of("GET /cars", "POST /orders", "POST /orders", "GET /bikes", "GET /boats")) {
			pool.acquire(LeaseOwner.of(operation));
		}
		acquire(pool);
		this.time.advance(SECOND);
		assertThatExceptionOfType(AcquireRejectedException.class).isThrownBy(() -> pool.acquire(OWNER))
			.withMessage("pool 'test' rejected a caller: 1 caller waits already for 5 connections, as many as may wait "
					+ "(held by 2 × POST /orders, 1 × GET /cars, 1 × GET /bikes and 1 other operation; "
					+ "oldest lease 1s: GET /cars). Slow callers down, or raise the maximum of connections "
					+ "or the bound on pending callers");
	}

	@Test
	void countsInCorrectEnglish() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).maxPending(2));
		pool.acquire(OWNER);
		acquire(pool);
		acquire(pool);
		assertThatExceptionOfType(AcquireRejectedException.class).isThrownBy(() -> pool.acquire(OWNER))
			.withMessageContaining("2 callers wait already for 1 connection, as many as may wait");
	}

	@Test
	void namesTheSettingToRaise() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).maxPending(0).maxConnectionsName("db.pool.max-connections"));
		pool.acquire(OWNER);
		assertThatExceptionOfType(AcquireRejectedException.class).isThrownBy(() -> pool.acquire(OWNER))
			.withMessageContaining("raise db.pool.max-connections or the bound on pending callers");
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
