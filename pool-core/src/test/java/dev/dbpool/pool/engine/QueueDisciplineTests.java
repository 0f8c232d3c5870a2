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

	private static final Duration INTERVAL = Duration.ofSeconds(5);

	private static final Duration TARGET = Duration.ofMillis(100);

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

	@Test
	void codelLetsCallersWaitTheirTimeUntilTheQueueHasStoodForTheInterval() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.CODEL);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		this.time.advance(INTERVAL);
		CapturedLease last = acquire(pool, MINUTE);
		this.time.advance(INTERVAL);
		assertThat(last.failure).isNull();
		holder.lease.close();
		first.lease.close();
		last.lease.close();
		assertThat(pool.snapshot().shed()).isZero();
	}

	@Test
	void codelShortensWaitsOnceTheQueueHasStoodForTheInterval() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.CODEL);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		this.time.advance(INTERVAL.plusMillis(1));
		CapturedLease shed = acquire(pool, MINUTE);
		CapturedLease impatient = acquire(pool, TARGET.dividedBy(2));
		this.time.advance(TARGET.minusMillis(1));
		assertThat(shed.failure).isNull();
		assertThat(impatient.failure).isInstanceOfSatisfying(AcquireTimeoutException.class,
				(failure) -> assertThat(failure.isShed()).isFalse());
		this.time.advance(Duration.ofMillis(1));
		assertThat(shed.failure)
			.isInstanceOfSatisfying(AcquireTimeoutException.class, (failure) -> assertThat(failure.isShed()).isTrue())
			.hasMessageContaining("within 100ms")
			.hasMessageContaining("without a pause for more than 5s");
		assertThat(first.failure).isNull();
		assertThat(pool.snapshot().shed()).isEqualTo(1);
		assertThat(pool.snapshot().timedOut()).isEqualTo(2);
		holder.lease.close();
		first.lease.close();
	}

	@Test
	void codelServesTheLastFirstOnceTheQueueHasStoodForTheInterval() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.CODEL);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		this.time.advance(INTERVAL.plusMillis(1));
		CapturedLease last = acquire(pool, MINUTE);
		holder.lease.close();
		assertThat(last.lease).isNotNull();
		assertThat(first.lease).isNull();
		last.lease.close();
		CapturedLease next = acquire(pool, MINUTE);
		CapturedLease afterNext = acquire(pool, MINUTE);
		first.lease.close();
		assertThat(next.lease).isNotNull();
		assertThat(afterNext.lease).isNull();
		next.lease.close();
		afterNext.lease.close();
	}

	@Test
	void adaptiveLifoServesInTheOrderOfArrivalHoweverLongTheQueueHasStood() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.ADAPTIVE_LIFO);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		this.time.advance(INTERVAL.plusMillis(1));
		CapturedLease last = acquire(pool, MINUTE);
		holder.lease.close();
		assertThat(first.lease).isNotNull();
		assertThat(last.lease).isNull();
		first.lease.close();
		last.lease.close();
	}

	@Test
	void codelLetsCallersWaitTheirTimeAgainOnceNoCallerWaits() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.CODEL);
		CapturedLease holder = acquire(pool);
		CapturedLease first = acquire(pool, MINUTE);
		this.time.advance(INTERVAL.plusMillis(1));
		holder.lease.close();
		CapturedLease next = acquire(pool, MINUTE);
		this.time.advance(INTERVAL);
		assertThat(next.failure).isNull();
		first.lease.close();
		next.lease.close();
	}

	@Test
	void codelDoesNotShedWhileThePoolIsSuspended() {
		ConnectionPool<Connection> pool = pool(QueueDiscipline.CODEL);
		pool.suspend();
		acquire(pool, MINUTE);
		this.time.advance(INTERVAL.plusMillis(1));
		CapturedLease waiting = acquire(pool, MINUTE);
		this.time.advance(TARGET);
		assertThat(waiting.failure).isNull();
		pool.resume();
		CapturedLease later = acquire(pool, MINUTE);
		this.time.advance(TARGET.plusMillis(1));
		assertThat(later.failure).isNull();
	}

	private ConnectionPool<Connection> pool(QueueDiscipline discipline) {
		return pool((options) -> options.maxConnections(1)
			.queueDiscipline(discipline)
			.queueInterval(INTERVAL)
			.queueTarget(TARGET));
	}

	private static CapturedLease acquire(ConnectionPool<Connection> pool, Duration timeout) {
		CapturedLease caller = new CapturedLease();
		pool.acquire(OWNER, timeout, caller);
		return caller;
	}

}
