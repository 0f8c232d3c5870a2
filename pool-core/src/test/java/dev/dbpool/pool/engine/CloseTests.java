package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CloseTests extends PoolTestSupport {

	@Test
	void rejectsNewCallersAndWaiters() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		pool.close(SECOND);
		assertThat(waiter.failure).isInstanceOf(PoolClosedException.class);
		assertThatExceptionOfType(PoolClosedException.class).isThrownBy(() -> pool.acquire(OWNER))
			.withMessage("pool 'test' is closed. No new work is taken on while the application shuts down");
	}

	@Test
	void letsLeasesFinishWithinTheDrainTime() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		Lease<Connection> lease = pool.acquire(OWNER);
		CompletableFuture<Void> closed = pool.close(Duration.ofSeconds(30)).toCompletableFuture();
		assertThat(this.connector.closed).hasSize(1);
		this.time.advance(Duration.ofSeconds(29));
		assertThat(lease.connection()).isNotNull();
		assertThat(closed).isNotDone();
		lease.close();
		assertThat(closed).isCompleted();
	}

	@Test
	void revokesLeasesPastTheDrainTime() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		CompletableFuture<Void> closed = pool.close(Duration.ofSeconds(30)).toCompletableFuture();
		this.time.advance(Duration.ofSeconds(30));
		assertThat(lease.isActive()).isFalse();
		assertThat(closed).isCompleted();
	}

	@Test
	void endsResetsPastTheDrainTime() {
		this.connector.onReset = CompletableFuture::new;
		ConnectionPool<Connection> pool = pool((options) -> options.releaseTimeout(Duration.ofMinutes(1)));
		pool.acquire(OWNER).close();
		Lease<Connection> lease = pool.acquire(OWNER);
		CompletableFuture<Void> closed = pool.close(SECOND).toCompletableFuture();
		lease.close();
		assertThat(closed).isNotDone();
		this.time.advance(SECOND);
		assertThat(closed).isCompleted();
	}

	@Test
	void waitsForTwoSecondsPastTheDrainTimeForConnectionsToClose() {
		this.connector.onClose = CompletableFuture::new;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).releaseTimeout(Duration.ofMinutes(1)));
		pool.acquire(OWNER);
		CompletableFuture<Void> closed = pool.close(SECOND).toCompletableFuture();
		this.time.advance(Duration.ofMillis(2999));
		assertThat(closed).isNotDone();
		this.time.advance(Duration.ofMillis(1));
		assertThat(closed).isCompleted();
	}

	@Test
	void revokesALeaseThatIsNotUsed() {
		this.connector.reusable = true;
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		CompletableFuture<Void> closed = pool.close(Duration.ofSeconds(30)).toCompletableFuture();
		this.time.advance(Duration.ofSeconds(4));
		assertThat(lease.isActive()).isTrue();
		this.time.advance(SECOND);
		assertThatExceptionOfType(LeaseRevokedException.class).isThrownBy(lease::connection)
			.withMessage("lease 1 of GET /cars on connection 1 of pool 'test' was revoked, since the pool is closed");
		assertThat(closed).isCompleted();
	}

	@Test
	void revokesALeaseThatWasNotUsedForLongImmediately() {
		this.connector.reusable = true;
		ConnectionPool<Connection> pool = pool((options) -> options);
		pool.acquire(OWNER);
		this.time.advance(Duration.ofMinutes(1));
		assertThat(pool.close(Duration.ofSeconds(30)).toCompletableFuture()).isCompleted();
	}

	@Test
	void letsALeaseFinishThatBeginsJustThen() {
		this.connector.reusable = true;
		ConnectionPool<Connection> pool = pool((options) -> options);
		pool.acquire(OWNER).close();
		this.time.advance(Duration.ofMinutes(1));
		closeWhenLeased(pool);
		Lease<Connection> lease = pool.acquire(OWNER);
		assertThatExceptionOfType(PoolClosedException.class).isThrownBy(() -> pool.acquire(OWNER));
		assertThat(lease.isActive()).isTrue();
	}

	/**
	 * Closes the pool when a connection is leased that has not noted yet since when.
	 */
	private void closeWhenLeased(ConnectionPool<Connection> pool) {
		this.time.onceWhileReading = () -> {
			if (pool.snapshot().active() == 0) {
				closeWhenLeased(pool);
			}
			else {
				pool.close(Duration.ofSeconds(30));
			}
		};
	}

	@Test
	void letsALeaseFinishThatIsRenewedOrWhoseConnectionIsBusy() {
		this.connector.reusable = true;
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		pool.close(Duration.ofSeconds(30));
		for (int i = 0; i < 5; i++) {
			this.time.advance(Duration.ofSeconds(4));
			lease.renew();
		}
		this.connector.reusable = false;
		this.time.advance(Duration.ofSeconds(9));
		assertThat(lease.isActive()).isTrue();
	}

	@Test
	void closesAConnectionThatWasStillOpening() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		CompletableFuture<Void> closed = pool.close(SECOND).toCompletableFuture();
		assertThat(closed).isNotDone();
		this.connector.completeOpens();
		assertThat(closed).isCompleted();
		assertThat(this.connector.closed).hasSize(1);
	}

	@Test
	void givesUpConnectionsThatAreStillOpeningPastTheDrainTime() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		CompletableFuture<Void> closed = pool.close(SECOND).toCompletableFuture();
		this.time.advance(SECOND);
		assertThat(closed).isCompleted();
		assertThat(pool.snapshot().total()).isZero();
		assertThat(this.events.log).as("failures of a closing pool").isEmpty();
	}

	@Test
	void closesAConnectionThatOpensAfterItWasGivenUp() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		pool.close(SECOND);
		this.time.advance(SECOND);
		this.connector.completeOpens();
		assertThat(this.connector.opened).hasSize(1);
		assertThat(this.connector.closed).isEqualTo(this.connector.opened);
	}

	@Test
	void endsThoughNoConnectionCanBeOpened() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		assertThat(pool.close(SECOND).toCompletableFuture()).isCompleted();
		int attempts = this.connector.openAttempts;
		this.time.advance(Duration.ofMinutes(1));
		assertThat(this.connector.openAttempts).isEqualTo(attempts);
	}

	@Test
	void closingTwiceIsHarmless() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		pool.close(SECOND);
		assertThat(pool.close(SECOND).toCompletableFuture()).isCompleted();
		assertThat(this.connector.closed).hasSize(2);
	}

}
