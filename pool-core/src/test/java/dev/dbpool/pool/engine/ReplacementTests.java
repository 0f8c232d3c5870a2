package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReplacementTests extends PoolTestSupport {

	@Test
	void aConnectionInUseIsReplacedAheadOfItsEnd() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(2).maxLifetime(Duration.ofMinutes(10)));
		useEverySecond(pool, Duration.ofMinutes(11));
		assertThat(this.events.log.indexOf("opened 2")).isLessThan(this.events.log.indexOf("closed 1 EXPIRED"))
			.isPositive();
		assertThat(waits()).containsOnly("0ms");
	}

	@Test
	void aFullPoolReplacesAConnectionThatWasInUseThoughNoCallerWaits() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).maxLifetime(Duration.ofMinutes(10)));
		useEverySecond(pool, Duration.ofMinutes(11));
		assertThat(this.events.log.indexOf("closed 1 EXPIRED")).isLessThan(this.events.log.indexOf("opened 2"))
			.isPositive();
		assertThat(waits()).containsOnly("0ms");
	}

	@Test
	void anUnusedConnectionIsNotReplaced() {
		ConnectionPool<Connection> pool = pool((options) -> options.idleTimeout(Duration.ofMinutes(60))
			.maxConnections(2)
			.maxLifetime(Duration.ofMinutes(10)));
		pool.resize(1, 2);
		pool.resize(0, 2);
		this.time.advance(Duration.ofMinutes(11));
		assertThat(pool.snapshot().total()).isZero();
		assertThat(this.connector.openAttempts).isEqualTo(1);
	}

	@Test
	void aReplacementThatCannotBeOpenedIsTriedAgain() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).maxConnections(2).maxLifetime(Duration.ofMinutes(10)));
		this.connector.openFailure = new IllegalStateException("refused");
		useEverySecond(pool, Duration.ofMinutes(8));
		this.connector.openFailure = null;
		useEverySecond(pool, Duration.ofMinutes(3));
		assertThat(pool.snapshot().total()).isEqualTo(1);
		assertThat(pool.connections().get(0).id()).isGreaterThan(1);
	}

	@Test
	void aBurstOpensNoMoreThanThePoolHolds() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(20).maxConcurrentOpens(20).maxPending(100));
		List<CapturedLease> burst = IntStream.range(0, 100).mapToObj((caller) -> acquire(pool)).toList();
		assertThat(this.connector.openAttempts).isEqualTo(20);
		this.connector.completeOpens();
		for (CapturedLease caller : burst) {
			caller.lease.close();
		}
		assertThat(this.connector.openAttempts).isEqualTo(20);
	}

	@Test
	void aBurstThatIsServedByReleasesOpensNoMoreThanWereRequestedTogether() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(20).maxConcurrentOpens(1));
		CapturedLease first = acquire(pool);
		this.connector.completeOpens();
		CapturedLease second = acquire(pool);
		first.lease.close();
		this.connector.completeOpens();
		assertThat(second.lease).isNotNull();
		assertThat(this.connector.openAttempts).isEqualTo(2);
	}

	private void useEverySecond(ConnectionPool<Connection> pool, Duration time) {
		for (int second = 0; second < time.toSeconds(); second++) {
			pool.acquire(OWNER).close();
			this.time.advance(SECOND);
		}
	}

	private List<String> waits() {
		return this.events.log.stream()
			.filter((event) -> event.startsWith("acquired"))
			.map((event) -> event.substring(event.lastIndexOf(' ') + 1))
			.distinct()
			.toList();
	}

	@Test
	void aConnectionThatIsHeldForLongPastItsEndIsReplacedWhenItsLeaseEnds() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).maxLifetime(Duration.ofMinutes(10)));
		Lease<Connection> held = pool.acquire(OWNER);
		this.time.advance(Duration.ofMinutes(12));
		held.close();
		assertThat(pool.connections()).extracting(ConnectionSnapshot::id).containsExactly(2L);
	}

	@Test
	void oneConnectionReplacesOneThatCouldNotBeReplacedAhead() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).maxConnections(3).maxLifetime(Duration.ofMinutes(10)));
		Lease<Connection> held = pool.acquire(OWNER);
		this.connector.openFailure = new IllegalStateException("refused");
		this.time.advance(Duration.ofMinutes(12));
		this.connector.openFailure = null;
		this.time.advance(Duration.ofSeconds(4));
		held.close();
		this.time.advance(Duration.ofMinutes(1));
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	/**
	 * The regular work comes every two seconds, and the end is between two of its rounds.
	 */
	@Test
	void aConnectionPastItsEndIsNotHandedOver() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).maxLifetime(Duration.ofSeconds(8)));
		this.time.advance(Duration.ofMillis(1200));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		this.time.advance(Duration.ofMillis(8400));
		held.close();
		assertThat(waiter.lease.connectionId()).isEqualTo(2);
	}

}
