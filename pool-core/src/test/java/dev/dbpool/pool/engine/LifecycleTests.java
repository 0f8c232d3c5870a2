package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LifecycleTests extends PoolTestSupport {

	@Test
	void opensTheMinimumAheadOfDemand() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(7).maxConnections(9));
		assertThat(pool.snapshot().idle()).isEqualTo(7);
	}

	@Test
	void boundsTheConnectionsThatAreOpenedTogether() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(5).maxConnections(5).maxConcurrentOpens(2));
		assertThat(pool.snapshot().opening()).isEqualTo(2);
		this.connector.completeOpens();
		assertThat(pool.snapshot().opening()).isEqualTo(2);
		this.connector.completeOpens();
		this.connector.completeOpens();
		assertThat(pool.snapshot().idle()).isEqualTo(5);
	}

	@Test
	void opensNoMoreThanAreWaitedFor() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(20));
		CapturedLease first = acquire(pool);
		CapturedLease second = acquire(pool);
		assertThat(this.connector.openAttempts).isEqualTo(2);
		this.connector.completeOpens();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNotNull();
		assertThat(this.connector.openAttempts).isEqualTo(2);
	}

	@Test
	void goesOnOpeningWhileCallersWait() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(3).maxConcurrentOpens(1));
		List<CapturedLease> callers = List.of(acquire(pool), acquire(pool), acquire(pool));
		for (int i = 0; i < 3; i++) {
			assertThat(pool.snapshot().opening()).isEqualTo(1);
			this.connector.completeOpens();
		}
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
	}

	@Test
	void closesIdleConnectionsDownToTheMinimum() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).maxConnections(3).idleTimeout(Duration.ofMinutes(5)));
		List<CapturedLease> burst = List.of(acquire(pool), acquire(pool), acquire(pool));
		burst.forEach((caller) -> caller.lease.close());
		this.time.advance(Duration.ofMinutes(4));
		assertThat(pool.snapshot().idle()).isEqualTo(3);
		this.time.advance(Duration.ofMinutes(2));
		assertThat(pool.snapshot().idle()).isEqualTo(1);
		assertThat(this.events.log).contains("closed 1 IDLE", "closed 2 IDLE");
	}

	/**
	 * Threads prefer the connection that they used last.
	 */
	@Test
	void connectionsThatOnlyHabitKeepsInUseAreClosed() throws Exception {
		ConnectionPool<Connection> pool = pool((options) -> options.idleTimeout(Duration.ofMinutes(1)));
		Lease<Connection> mine = pool.acquire(OWNER);
		ExecutorService otherThread = Executors.newSingleThreadExecutor();
		for (int i = 0; i < 2; i++) {
			otherThread.submit(() -> pool.acquire(OWNER).close()).get();
		}
		mine.close();
		for (int second = 0; second < 120; second++) {
			pool.acquire(OWNER).close();
			otherThread.submit(() -> pool.acquire(OWNER).close()).get();
			this.time.advance(SECOND);
		}
		otherThread.shutdown();
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	@Test
	void replacesConnectionsPastTheirLifetime() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).maxLifetime(Duration.ofMinutes(30)));
		this.time.advance(Duration.ofMinutes(26));
		assertThat(pool.connections()).extracting(ConnectionSnapshot::id).containsExactly(1L);
		this.time.advance(Duration.ofMinutes(5));
		assertThat(pool.connections()).extracting(ConnectionSnapshot::id).containsExactly(2L);
	}

	@Test
	void connectionsOpenedTogetherDoNotEndTogether() {
		pool((options) -> options.minConnections(20)
			.maxConnections(20)
			.maxConcurrentOpens(20)
			.maxLifetime(Duration.ofMinutes(30)));
		Set<Integer> countsSeen = new HashSet<>();
		for (int second = 0; second < 5 * 60; second++) {
			this.time.advance((second == 0) ? Duration.ofMinutes(26) : SECOND);
			countsSeen.add(this.connector.closed.size());
		}
		assertThat(countsSeen).hasSizeGreaterThan(8);
	}

	@Test
	void anExpiredConnectionInUseIsClosedWhenItsLeaseEnds() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxLifetime(Duration.ofMinutes(1)));
		Lease<Connection> lease = pool.acquire(OWNER);
		this.time.advance(Duration.ofMinutes(2));
		assertThat(lease.connection()).isNotNull();
		lease.close();
		assertThat(this.events.log).contains("closed 1 EXPIRED");
	}

	@Test
	void keepsIdleConnectionsAlive() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).keepAliveInterval(Duration.ofSeconds(20)));
		this.time.advance(Duration.ofSeconds(65));
		assertThat(this.connector.validated).hasSizeBetween(2, 3);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void keepAliveDoesNotPutOffTheIdleTimeout() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.idleTimeout(Duration.ofMinutes(2)).keepAliveInterval(Duration.ofSeconds(20)));
		pool.acquire(OWNER).close();
		this.time.advance(Duration.ofMinutes(3));
		assertThat(pool.snapshot().total()).isZero();
	}

	@Test
	void replacesAConnectionThatFailsValidation() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(1).keepAliveInterval(Duration.ofSeconds(20)));
		this.connector.onValidate = StubConnector::failed;
		this.time.advance(Duration.ofSeconds(27));
		assertThat(this.events.log).contains("closed 1 VALIDATION_FAILED", "opened 2");
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void validatesAConnectionThatHasIdledBeforeItIsLeased() {
		ConnectionPool<Connection> pool = pool((options) -> options.validateAfterIdle(Duration.ofSeconds(15)));
		pool.acquire(OWNER).close();
		this.time.advance(Duration.ofSeconds(15));
		pool.acquire(OWNER).close();
		assertThat(this.connector.validated).isEmpty();
		this.time.advance(Duration.ofSeconds(16));
		pool.acquire(OWNER).close();
		assertThat(this.connector.validated).hasSize(1);
	}

	@Test
	void aCallerNeverGetsAConnectionThatFailedValidation() {
		ConnectionPool<Connection> pool = pool((options) -> options.validateAfterIdle(Duration.ZERO));
		pool.acquire(OWNER).close();
		this.time.advance(SECOND);
		this.connector.onValidate = StubConnector::failed;
		Lease<Connection> lease = pool.acquire(OWNER);
		assertThat(lease.connectionId()).isEqualTo(2);
	}

	@Test
	void validatesAlwaysWhenConfiguredSo() {
		ConnectionPool<Connection> pool = pool((options) -> options.validateAfterIdle(Duration.ZERO));
		pool.acquire(OWNER).close();
		this.time.advance(SECOND);
		pool.acquire(OWNER).close();
		assertThat(this.connector.validated).hasSize(1);
	}

	@Test
	void aLostIdleConnectionIsReplacedImmediately() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		this.connector.opened.get(0).events().disconnected();
		assertThat(this.events.log).contains("closed 1 DISCONNECTED", "opened 2");
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void aLostLeasedConnectionIsNeverReused() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		lease.connection().events().disconnected();
		lease.close();
		assertThat(pool.acquire(OWNER).connectionId()).isEqualTo(2);
	}

	@Test
	void aConnectionLostWhileItOpensIsNeverLeased() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options);
		CapturedLease caller = acquire(pool);
		this.connector.events.get(0).disconnected();
		this.connector.completeOpens();
		assertThat(caller.lease).isNull();
		this.connector.completeOpens();
		assertThat(caller.lease.connectionId()).isEqualTo(2);
	}

	@Test
	void anInvalidatedConnectionIsReplaced() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		Lease<Connection> lease = pool.acquire(OWNER);
		lease.invalidate();
		lease.close();
		assertThat(this.events.log).contains("closed 1 INVALIDATED", "opened 2");
	}

	@Test
	void aConnectionThatCannotBeResetIsReplaced() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		this.connector.onReset = StubConnector::failed;
		pool.acquire(OWNER).close();
		assertThat(this.events.log).contains("closed 1 RESET_FAILED", "opened 2");
	}

	@Test
	void aConnectionIsLeasedAgainOnlyAfterItsReset() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		CompletableFuture<Void> reset = new CompletableFuture<>();
		this.connector.onReset = () -> reset;
		pool.acquire(OWNER).close();
		CapturedLease next = acquire(pool);
		assertThat(next.lease).isNull();
		assertThat(pool.snapshot().active()).isZero();
		reset.complete(null);
		assertThat(next.lease.connectionId()).isEqualTo(1);
		this.time.advance(Duration.ofSeconds(10));
		assertThat(next.lease.isActive()).isTrue();
	}

	@Test
	void aResetThatNeverEndsCostsTheConnection() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).releaseTimeout(Duration.ofSeconds(5)));
		this.connector.onReset = CompletableFuture::new;
		pool.acquire(OWNER).close();
		CapturedLease next = acquire(pool);
		this.time.advance(Duration.ofSeconds(5));
		assertThat(next.lease.connectionId()).isEqualTo(2);
	}

	@Test
	void aCloseThatNeverEndsDoesNotCostThePlaceInThePool() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).releaseTimeout(Duration.ofSeconds(5)));
		this.connector.onClose = CompletableFuture::new;
		Lease<Connection> lease = pool.acquire(OWNER);
		lease.invalidate();
		lease.close();
		CapturedLease next = acquire(pool);
		this.time.advance(Duration.ofSeconds(5));
		assertThat(next.lease.connectionId()).isEqualTo(2);
	}

	@Test
	void backsOffWhenConnectionsCannotBeOpened() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1)
			.minOpenBackoff(Duration.ofMillis(100))
			.maxOpenBackoff(Duration.ofSeconds(5)));
		this.time.advance(Duration.ofMinutes(1));
		assertThat(this.connector.openAttempts).isBetween(12, 35);
		assertThat(pool.snapshot().lastOpenFailure()).contains("IllegalStateException: refused");
		this.connector.openFailure = null;
		this.time.advance(Duration.ofSeconds(5));
		assertThat(pool.snapshot().idle()).isEqualTo(1);
		assertThat(pool.snapshot().lastOpenFailure()).isEmpty();
	}

	@Test
	void backsOffWhenNewConnectionsAreDroppedImmediately() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1)
			.minOpenBackoff(Duration.ofMillis(100))
			.maxOpenBackoff(Duration.ofSeconds(5)));
		for (int tick = 0; tick < 600; tick++) {
			this.connector.events.get(this.connector.events.size() - 1).disconnected();
			this.time.advance(Duration.ofMillis(100));
		}
		assertThat(this.connector.openAttempts).isBetween(12, 35);
		assertThat(pool.snapshot().total()).isLessThanOrEqualTo(1);
	}

	@Test
	void callersThatWaitThroughAnOutageAreServedAfterIt() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool((options) -> options.acquireTimeout(Duration.ofSeconds(30)));
		List<CapturedLease> callers = new ArrayList<>(List.of(acquire(pool), acquire(pool)));
		this.time.advance(Duration.ofSeconds(20));
		this.connector.openFailure = null;
		this.time.advance(Duration.ofSeconds(5));
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
	}

	@Test
	void evictsAnIdleConnectionImmediatelyAndALeasedOneLater() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		Lease<Connection> lease = pool.acquire(OWNER);
		long leased = lease.connectionId();
		long idle = (leased == 1) ? 2 : 1;
		assertThat(pool.evict(idle)).isTrue();
		assertThat(this.events.log).contains("closed " + idle + " EVICTED");
		assertThat(pool.evict(leased)).isTrue();
		assertThat(pool.evict(leased)).isFalse();
		assertThat(lease.isActive()).isTrue();
		lease.close();
		assertThat(this.events.log).contains("closed " + leased + " EVICTED");
		assertThat(pool.evict(99)).isFalse();
	}

	/**
	 * Another thread holds the lock of the life cycle while the caller comes.
	 */
	@Test
	void callersTakeNoLockWhileConnectionsCannotBeOpened() throws Exception {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(3).maxConcurrentOpens(1).minOpenBackoff(SECOND));
		Lease<Connection> held = pool.acquire(OWNER);
		this.connector.openFailure = new IllegalStateException("refused");
		CapturedLease first = acquire(pool);
		CountDownLatch locked = new CountDownLatch(1);
		CountDownLatch unlocked = new CountDownLatch(1);
		Executor threads = (task) -> new Thread(task).start();
		this.time.onceWhileReading = () -> {
			locked.countDown();
			awaitUninterruptibly(unlocked);
		};
		CompletableFuture<?> holder = CompletableFuture.runAsync(pool::connections, threads);
		awaitUninterruptibly(locked);
		CompletableFuture<CapturedLease> second = CompletableFuture.supplyAsync(() -> acquire(pool), threads);
		try {
			assertThat(second.get(10, TimeUnit.SECONDS).failure).isNull();
		}
		finally {
			unlocked.countDown();
			holder.join();
		}
		this.connector.openFailure = null;
		this.time.advance(SECOND);
		assertThat(List.of(first, second.join())).allSatisfy((waiter) -> assertThat(waiter.lease).isNotNull());
		held.close();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
