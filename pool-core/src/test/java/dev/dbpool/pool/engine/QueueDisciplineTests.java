package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class QueueDisciplineTests extends PoolTestSupport {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	@Test
	void adaptiveLifoServesInTheOrderOfArrivalWithoutAnOverload() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.ADAPTIVE_LIFO);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		CapturedLease second = acquire(pool, MINUTE);
		holder.lease.close();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNull();
		first.lease.close();
		second.lease.close();
	}

	@Test
	void adaptiveLifoServesTheLastFirstAfterATimeout() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.ADAPTIVE_LIFO);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		CapturedLease impatient = acquire(pool, SECOND);
		CapturedLease last = acquire(pool, MINUTE);
		this.time.advance(SECOND);
		assertThat(impatient.failure).isInstanceOf(AcquireTimeoutException.class);
		holder.lease.close();
		assertThat(last.lease).isNotNull();
		assertThat(first.lease).isNull();
		last.lease.close();
		first.lease.close();
	}

	@Test
	void adaptiveLifoServesInTheOrderOfArrivalAgainOnceNoCallerWaits() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.ADAPTIVE_LIFO);
		CapturedLease holder = acquire(pool);
		CapturedLease waiting = acquire(pool, MINUTE);
		acquire(pool, SECOND);
		this.time.advance(SECOND);
		holder.lease.close();
		CapturedLease first = acquire(pool, MINUTE);
		CapturedLease second = acquire(pool, MINUTE);
		waiting.lease.close();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNull();
		first.lease.close();
		second.lease.close();
	}

	@Test
	void aTimeoutOfTheOnlyWaiterIsNoOverload() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.ADAPTIVE_LIFO);
		CapturedLease holder = acquire(pool);
		acquire(pool, SECOND);
		this.time.advance(SECOND);
		CapturedLease first = acquire(pool, MINUTE);
		CapturedLease second = acquire(pool, MINUTE);
		holder.lease.close();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNull();
		first.lease.close();
		second.lease.close();
	}

	@Test
	void fifoServesInTheOrderOfArrivalAfterATimeout() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.FIFO);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		acquire(pool, SECOND);
		CapturedLease last = acquire(pool, MINUTE);
		this.time.advance(SECOND);
		holder.lease.close();
		assertThat(first.lease).isNotNull();
		assertThat(last.lease).isNull();
		first.lease.close();
		last.lease.close();
	}

	private ConnectionPool<Connection> pool(QueueDiscipline discipline) {
		return pool((options) -> options.maxConnections(1).queueDiscipline(discipline));
	}

	private static CapturedLease acquire(ConnectionPool<Connection> pool, Duration timeout) {
		CapturedLease caller = new CapturedLease();
		pool.acquire(OWNER, timeout, caller);
		return caller;
	}

}
