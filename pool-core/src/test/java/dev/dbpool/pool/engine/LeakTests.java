package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolOptions.LeakAction;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LeakTests extends PoolTestSupport {

	@Test
	void reclaimsALeakedLease() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.acquireTimeout(Duration.ofMinutes(5))
			.leakDetectionTimeout(Duration.ofSeconds(60)));
		Lease<Connection> leaked = pool.acquire(LeaseOwner.of("GET /export"));
		CapturedLease waiter = acquire(pool);
		this.time.advance(Duration.ofSeconds(59));
		assertThat(leaked.isActive()).isTrue();
		this.time.advance(Duration.ofSeconds(6));
		assertThat(leaked.isActive()).isFalse();
		assertThatExceptionOfType(LeaseRevokedException.class).isThrownBy(leaked::connection)
			.withMessageContaining("lease 1 of GET /export on connection 1 of pool 'test' was revoked");
		assertThat(waiter.lease.connectionId()).isEqualTo(2);
		assertThat(this.events.log).contains("leaked GET /export RECLAIM", "closed 1 REVOKED");
		leaked.close();
		assertThat(waiter.lease.isActive()).isTrue();
		assertThat(pool.snapshot().leaked()).isEqualTo(1);
	}

	@Test
	void onlyReportsALeakedLeaseWhenConfiguredSo() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.leakDetectionTimeout(Duration.ofSeconds(60)).leakAction(LeakAction.LOG));
		Lease<Connection> held = pool.acquire(OWNER);
		this.time.advance(Duration.ofMinutes(5));
		assertThat(held.isActive()).isTrue();
		assertThat(this.events.log).containsOnlyOnce("leaked GET /cars LOG");
	}

	@Test
	void aLeaseThatIsRenewedIsNoLeak() {
		ConnectionPool<Connection> pool = pool((options) -> options.leakDetectionTimeout(Duration.ofSeconds(60)));
		Lease<Connection> stream = pool.acquire(OWNER);
		for (int i = 0; i < 10; i++) {
			this.time.advance(Duration.ofSeconds(50));
			stream.renew();
		}
		assertThat(stream.isActive()).isTrue();
	}

	@Test
	void revokesALeaseOnDemand() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		assertThat(pool.revoke(lease.id())).isTrue();
		assertThat(pool.revoke(lease.id())).isFalse();
		assertThat(lease.isActive()).isFalse();
		assertThat(pool.snapshot().active()).isZero();
	}

	@Test
	void findsLeaksOnAClockThatStartsBelowZero() {
		VirtualScheduler early = new VirtualScheduler(-Duration.ofHours(1).toNanos());
		ConnectionPool<Connection> pool = pool(early,
				(options) -> options.leakDetectionTimeout(Duration.ofSeconds(60)));
		Lease<Connection> leaked = pool.acquire(OWNER);
		early.advance(Duration.ofSeconds(66));
		assertThat(leaked.isActive()).isFalse();
	}

	@Test
	void theWaitForALeaseDoesNotCountAsHoldingIt() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.acquireTimeout(Duration.ofMinutes(5))
			.leakDetectionTimeout(Duration.ofSeconds(60)));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		this.time.advance(Duration.ofSeconds(50));
		held.close();
		assertThat(waiter.lease.age()).isZero();
		this.time.advance(Duration.ofSeconds(59));
		assertThat(waiter.lease.isActive()).isTrue();
		waiter.lease.close();
		assertThat(this.events.log).contains("acquired GET /cars after 50000ms", "released GET /cars after 59000ms");
	}

}
