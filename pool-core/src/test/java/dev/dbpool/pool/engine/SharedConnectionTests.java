package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several leases on one connection at the same time.
 */
class SharedConnectionTests extends PoolTestSupport {

	@Test
	void serveAsManyLeasesAsTheyMay() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(2).leasesPerConnection(3));
		List<CapturedLease> callers = IntStream.range(0, 7).mapToObj((caller) -> acquire(pool)).toList();
		assertThat(callers).filteredOn((caller) -> caller.lease != null).hasSize(6);
		assertThat(this.connector.openAttempts).isEqualTo(2);
		assertThat(pool.snapshot().active()).isEqualTo(2);
		assertThat(pool.snapshot().acquired() - pool.snapshot().released()).isEqualTo(6);
		callers.get(0).lease.close();
		assertThat(callers.get(6).lease).isNotNull();
	}

	@Test
	void openNoMoreThanTheLeasesNeed() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(5).leasesPerConnection(10));
		List<CapturedLease> callers = IntStream.range(0, 11).mapToObj((caller) -> acquire(pool)).toList();
		assertThat(this.connector.openAttempts).isEqualTo(2);
		this.connector.completeOpens();
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
	}

	@Test
	void areClosedWhenTheLastOfTheirLeasesHasEnded() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).leasesPerConnection(2));
		Lease<Connection> first = pool.acquire(OWNER);
		Lease<Connection> second = pool.acquire(OWNER);
		first.invalidate();
		first.close();
		CapturedLease next = acquire(pool);
		assertThat(second.isActive()).isTrue();
		assertThat(next.lease).isNull();
		second.close();
		assertThat(this.events.log).contains("closed 1 INVALIDATED");
		assertThat(next.lease.connectionId()).isEqualTo(2);
	}

	@Test
	void aRevokedLeaseLeavesTheOthersTheirConnection() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).leasesPerConnection(2));
		Lease<Connection> revoked = pool.acquire(OWNER);
		Lease<Connection> other = pool.acquire(OWNER);
		assertThat(pool.revoke(revoked.id())).isTrue();
		assertThat(other.connection()).isNotNull();
		assertThat(this.connector.closed).isEmpty();
		other.close();
		assertThat(this.events.log).contains("closed 1 REVOKED");
	}

	@Test
	void areNotValidatedWhileOneLeaseUsesThem() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.leasesPerConnection(2)
			.validateAfterIdle(Duration.ofSeconds(15))
			.keepAliveInterval(Duration.ofSeconds(20)));
		Lease<Connection> inUse = pool.acquire(OWNER);
		this.time.advance(Duration.ofMinutes(1));
		assertThat(pool.acquire(OWNER).connectionId()).isEqualTo(inUse.connectionId());
		assertThat(this.connector.validated).isEmpty();
	}

	@Test
	void areValidatedNoMoreThanTheLeasesNeed() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(3)
			.maxConnections(3)
			.leasesPerConnection(3)
			.validateAfterIdle(Duration.ofSeconds(15)));
		this.time.advance(Duration.ofMinutes(1));
		CompletableFuture<Void> answer = new CompletableFuture<>();
		this.connector.onValidate = () -> answer;
		pool.suspend();
		List<CapturedLease> callers = IntStream.range(0, 3).mapToObj((caller) -> acquire(pool)).toList();
		pool.resume();
		assertThat(this.connector.validated).hasSize(1);
		answer.complete(null);
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
	}

	@Test
	void countTheUsesOfAllTheirLeases() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).leasesPerConnection(2));
		Lease<Connection> first = pool.acquire(OWNER);
		pool.acquire(OWNER).close();
		first.recordError();
		assertThat(pool.connections()).singleElement().satisfies((connection) -> {
			assertThat(connection.state()).isEqualTo(State.LEASED);
			assertThat(connection.uses()).isEqualTo(2);
			assertThat(connection.errors()).isEqualTo(1);
		});
		first.close();
		first.recordError();
		this.time.advance(SECOND);
		assertThat(pool.connections()).singleElement().satisfies((connection) -> {
			assertThat(connection.state()).isEqualTo(State.IDLE);
			assertThat(connection.unused()).isEqualTo(SECOND);
			assertThat(connection.errors()).isEqualTo(1);
		});
	}

}
