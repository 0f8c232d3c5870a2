package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class AcquireTests extends PoolTestSupport {

	@Test
	void opensAConnectionOnDemandAndReusesIt() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> first = pool.acquire(OWNER);
		first.close();
		Lease<Connection> second = pool.acquire(OWNER);
		assertThat(second.connectionId()).isEqualTo(first.connectionId());
		assertThat(second.id()).isNotEqualTo(first.id());
		assertThat(this.connector.opened).hasSize(1);
	}

	@Test
	void neverHandsOneConnectionToTwoLeases() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> first = pool.acquire(OWNER);
		Lease<Connection> second = pool.acquire(OWNER);
		assertThat(second.connection()).isNotEqualTo(first.connection());
		assertThat(pool.snapshot().active()).isEqualTo(2);
	}

	@Test
	void neverOpensMoreThanTheMaximum() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(2));
		List<CapturedLease> callers = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			callers.add(acquire(pool));
		}
		assertThat(this.connector.openAttempts).isEqualTo(2);
		assertThat(pool.snapshot().pending()).isEqualTo(8);
		assertThat(callers).filteredOn((caller) -> caller.lease != null).hasSize(2);
	}

	@Test
	void theSnapshotShowsHowLongTheFirstWaiterHasWaited() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		CapturedLease first = acquire(pool);
		assertThat(pool.snapshot().oldestWaiter()).isEmpty();
		acquire(pool);
		this.time.advance(SECOND);
		acquire(pool);
		assertThat(pool.snapshot().oldestWaiter()).contains(SECOND);
		first.lease.close();
		assertThat(pool.snapshot().oldestWaiter()).contains(Duration.ZERO);
	}

	@Test
	void connectionsAreDescribedByTheirConnector() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		acquire(pool);
		assertThat(pool.connections()).extracting(ConnectionSnapshot::description).containsExactly("stub");
	}

	@Test
	void countsConnectionsThatAreClosingTowardsTheMaximum() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		CompletableFuture<Void> closing = new CompletableFuture<>();
		this.connector.onClose = () -> closing;
		Lease<Connection> first = pool.acquire(OWNER);
		CapturedLease second = acquire(pool);
		first.invalidate();
		first.close();
		assertThat(second.lease).isNull();
		assertThat(pool.snapshot().closing()).isEqualTo(1);
		closing.complete(null);
		assertThat(second.lease).isNotNull();
	}

	@Test
	void opensNothingInPlaceOfAConnectionThatIsStillClosing() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		CompletableFuture<Void> closing = new CompletableFuture<>();
		this.connector.onClose = () -> closing;
		try (Lease<Connection> broken = pool.acquire(OWNER)) {
			broken.invalidate();
		}
		CapturedLease late = acquire(pool);
		assertThat(this.connector.openAttempts).isEqualTo(1);
		assertThat(pool.snapshot().total()).isEqualTo(1);
		closing.complete(null);
		assertThat(late.lease).isNotNull();
	}

	@Test
	void servesWaitersInOrderOfArrival() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease first = acquire(pool);
		CapturedLease second = acquire(pool);
		held.close();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNull();
		first.lease.close();
		assertThat(second.lease).isNotNull();
	}

	@Test
	void eachCallerTimesOutInItsTime() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).acquireTimeout(Duration.ofSeconds(30)));
		pool.acquire(OWNER);
		CapturedLease first = acquire(pool);
		this.time.advance(Duration.ofSeconds(20));
		CapturedLease second = acquire(pool);
		this.time.advance(Duration.ofSeconds(10));
		assertThat(first.failure).isInstanceOf(AcquireTimeoutException.class);
		assertThat(second.failure).isNull();
		this.time.advance(Duration.ofSeconds(20));
		assertThat(second.failure).isInstanceOf(AcquireTimeoutException.class);
	}

	@Test
	void aCallerTimesOutBeforeOneThatCameEarlierAndWaitsLonger() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		CapturedLease patient = new CapturedLease();
		pool.acquire(OWNER, Duration.ofHours(1), patient);
		CapturedLease impatient = new CapturedLease();
		pool.acquire(OWNER, SECOND, impatient);
		this.time.advance(SECOND);
		assertThat(impatient.failure).isInstanceOf(AcquireTimeoutException.class);
		assertThat(patient.failure).isNull();
	}

	@Test
	void timeoutNamesTheHoldersOfConnections() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).acquireTimeout(Duration.ofSeconds(30)));
		pool.acquire(LeaseOwner.of("POST /api/orders"));
		this.time.advance(Duration.ofSeconds(28));
		CapturedLease waiter = acquire(pool);
		acquire(pool);
		this.time.advance(Duration.ofSeconds(30));
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessage("pool 'test' had no connection free within 30s (1 of 1 leased, 0 opening, 1 waiting; "
					+ "held by 1 × POST /api/orders; oldest lease 58s: POST /api/orders). "
					+ "Raise the maximum of connections, or look for operations that hold a connection for long")
			.hasNoCause();
		assertThat(pool.snapshot().timedOut()).isEqualTo(2);
		assertThat(pool.snapshot().pending()).isZero();
	}

	@Test
	void timesOutWithTheReasonWhyNoConnectionCouldBeOpened() {
		this.connector.openFailure = new IllegalStateException("connection refused: localhost:3000");
		ConnectionPool<Connection> pool = pool((options) -> options.acquireTimeout(SECOND));
		CapturedLease waiter = acquire(pool);
		this.time.advance(SECOND);
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessageContaining(
					"Connections could not be opened: IllegalStateException: connection refused: localhost:3000")
			.hasCause(this.connector.openFailure);
	}

	@Test
	void hangingOpenIsNotReportedAsExhaustion() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.acquireTimeout(SECOND));
		CapturedLease waiter = acquire(pool);
		this.time.advance(SECOND);
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessage("pool 'test' had no connection free within 1s (0 of 2 leased, 1 opening, 0 waiting). "
					+ "The pool is not exhausted: its connections were not open or ready in time. "
					+ "Check the server and the network, or raise the timeout");
	}

	@Test
	void openFailureOfADependentStageIsReportedByItsCause() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.acquireTimeout(SECOND));
		CapturedLease waiter = acquire(pool);
		IOException refused = new IOException("connection refused by db:3000: check the base URL");
		this.connector.pendingOpens.get(0).completeExceptionally(refused);
		this.time.advance(SECOND);
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessageEndingWith("Connections could not be opened: connection refused by db:3000: check the base URL")
			.hasCause(refused);
	}

	@Test
	void aCallerThatComesDuringTheBackOffLearnsWhyNoConnectionCouldBeOpened() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool((options) -> options.acquireTimeout(Duration.ofMillis(10)));
		acquire(pool);
		this.time.advance(Duration.ofMillis(10));
		CapturedLease later = acquire(pool);
		this.time.advance(Duration.ofMillis(10));
		assertThat(later.failure).isInstanceOf(AcquireTimeoutException.class).hasCause(this.connector.openFailure);
	}

	@Test
	void aZeroTimeoutFailsImmediately() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		assertThatExceptionOfType(AcquireTimeoutException.class).isThrownBy(() -> pool.acquire(OWNER, Duration.ZERO));
		assertThat(pool.snapshot().pending()).isZero();
	}

	@Test
	void refusesCallersPastTheBoundOfTheQueue() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).maxPending(1));
		pool.acquire(OWNER);
		CapturedLease queued = acquire(pool);
		CapturedLease refused = acquire(pool);
		assertThat(queued.calls).hasValue(0);
		assertThat(refused.failure).isInstanceOf(AcquireRejectedException.class)
			.hasMessageContaining("pool 'test' rejected a caller: 1 caller waits already");
		assertThat(pool.snapshot().rejected()).isEqualTo(1);
	}

	@Test
	void cancellingAWaiterLeavesNoTrace() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease cancelled = new CapturedLease();
		Acquisition acquisition = pool.acquire(OWNER, SECOND, cancelled);
		CapturedLease next = acquire(pool);
		assertThat(acquisition.cancel()).isTrue();
		assertThat(acquisition.cancel()).isFalse();
		held.close();
		this.time.advance(SECOND);
		assertThat(cancelled.calls).hasValue(0);
		assertThat(next.lease).isNotNull();
		assertThat(pool.snapshot().timedOut()).isZero();
	}

	@Test
	void cancellingAfterTheHandOverLeavesTheLeaseToItsReceiver() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		CapturedLease captured = new CapturedLease();
		Acquisition acquisition = pool.acquire(OWNER, SECOND, captured);
		assertThat(acquisition.cancel()).isFalse();
		assertThat(captured.lease.isActive()).isTrue();
	}

	@Test
	void cancellingAFutureGivesUpWaiting() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> held = pool.acquire(OWNER);
		CompletableFuture<Lease<Connection>> future = pool.acquireAsync(OWNER, SECOND);
		future.cancel(true);
		assertThat(pool.snapshot().pending()).isZero();
		held.close();
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void aFutureFailsWithTheReason() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		CompletableFuture<Lease<Connection>> future = pool.acquireAsync(OWNER, SECOND);
		this.time.advance(SECOND);
		assertThatExceptionOfType(CompletionException.class).isThrownBy(future::join)
			.withCauseInstanceOf(AcquireTimeoutException.class);
	}

	@Test
	void aCallbackThatThrowsLosesNoConnection() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		pool.acquire(OWNER, SECOND, new LeaseCallback<>() {

			@Override
			public void onLease(Lease<Connection> lease) {
				throw new IllegalStateException("bug in the callback");
			}

			@Override
			public void onFailure(PoolException cause) {
			}

		});
		assertThat(pool.snapshot().active()).isZero();
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void anExecutorThatRefusesLosesNoConnection() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).executor((task) -> {
			throw new java.util.concurrent.RejectedExecutionException("shut down");
		}));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		held.close();
		assertThat(waiter.lease).isNotNull();
	}

	@Test
	void aListenerThatThrowsHarmsNoCaller() {
		ConnectionPool<Connection> pool = pool((options) -> options.listener(new PoolListener() {

			@Override
			public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
				throw new IllegalStateException("bug in the listener");
			}

		}));
		Lease<Connection> lease = pool.acquire(OWNER);
		lease.close();
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void closingALeaseTwiceIsHarmless() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> first = pool.acquire(OWNER);
		first.close();
		Lease<Connection> second = pool.acquire(OWNER);
		first.close();
		first.invalidate();
		assertThat(second.isActive()).isTrue();
		assertThat(pool.snapshot().active()).isEqualTo(1);
		second.close();
		assertThat(this.connector.closed).isEmpty();
	}

	@Test
	void usingAClosedLeaseIsAnError() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(OWNER);
		lease.close();
		assertThatIllegalStateException().isThrownBy(lease::connection)
			.withMessage("lease 1 of GET /cars on connection 1 of pool 'test' was closed. Acquire a new one");
	}

	@Test
	void reportsLeasesAndConnections() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		Lease<Connection> lease = pool.acquire(new LeaseOwner("GET /export", "4bf92f35"));
		this.time.advance(SECOND);
		assertThat(pool.leases())
			.containsExactly(new LeaseSnapshot(1, 1, lease.owner(), Thread.currentThread().getName(), SECOND));
		assertThat(pool.connections()).singleElement()
			.isEqualTo(new ConnectionSnapshot(1, ConnectionSnapshot.State.LEASED, SECOND, SECOND, 1, Duration.ZERO, 0,
					"stub"));
		assertThat(pool.snapshot().oldestLease()).contains(SECOND);
		assertThat(lease.owner()).hasToString("GET /export [trace 4bf92f35]");
	}

	@Test
	void aCallerWithoutPatienceStillGetsAConnectionOpenedForTheNextOne() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(5));
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(AcquireTimeoutException.class)
				.isThrownBy(() -> pool.acquire(OWNER, Duration.ZERO));
		}
		assertThat(this.connector.openAttempts).isEqualTo(1);
		this.connector.completeOpens();
		assertThat(pool.acquire(OWNER, Duration.ZERO).isActive()).isTrue();
	}

	@Test
	void aCallerWithoutPatienceStillGetsAnIdleConnectionValidated() {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).validateAfterIdle(Duration.ofSeconds(15)));
		pool.acquire(OWNER).close();
		this.time.advance(Duration.ofMinutes(1));
		CompletableFuture<Void> validation = new CompletableFuture<>();
		this.connector.onValidate = () -> validation;
		assertThatExceptionOfType(AcquireTimeoutException.class).isThrownBy(() -> pool.acquire(OWNER, Duration.ZERO));
		validation.complete(null);
		assertThat(pool.acquire(OWNER, Duration.ZERO).isActive()).isTrue();
	}

	/**
	 * The connection is checked on the thread of the caller, which takes some time.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallerThatIsServedWithoutAPlaceInTheQueueHasNotWaited(boolean blocking) {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).validateAfterIdle(Duration.ofSeconds(15)));
		pool.acquire(OWNER).close();
		this.time.advance(Duration.ofMinutes(1));
		this.connector.onValidate = () -> {
			this.time.advance(SECOND);
			return StubConnector.done();
		};
		this.events.log.clear();
		if (blocking) {
			assertThat(pool.acquire(OWNER, Duration.ZERO).isActive()).isTrue();
		}
		else {
			CapturedLease captured = new CapturedLease();
			pool.acquire(OWNER, Duration.ZERO, captured);
			assertThat(captured.lease).isNotNull();
		}
		assertThat(this.connector.validated).hasSize(1);
		assertThat(this.events.log).containsExactly("acquired GET /cars after 0ms");
		assertThat(pool.snapshot().waited()).isZero();
	}

	@Test
	void aPoolWithoutAQueueStillOpensConnections() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(2).maxPending(0));
		Lease<Connection> first = pool.acquire(OWNER);
		Lease<Connection> second = pool.acquire(OWNER);
		assertThat(first.connectionId()).isNotEqualTo(second.connectionId());
		assertThatExceptionOfType(AcquireRejectedException.class).isThrownBy(() -> pool.acquire(OWNER));
	}

	@Test
	void aNegativeTimeoutMeansNotToWait() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER, Duration.ofSeconds(-1));
		CapturedLease refused = new CapturedLease();
		pool.acquire(OWNER, Duration.ofSeconds(-1), refused);
		assertThat(refused.failure).isInstanceOf(AcquireTimeoutException.class);
	}

	@Test
	void timersOfCallersThatAreGoneDoNotPileUp() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		pool.acquire(OWNER, Duration.ofHours(1), new CapturedLease());
		for (int i = 0; i < 100; i++) {
			pool.acquire(OWNER, SECOND, new CapturedLease());
			this.time.advance(SECOND);
		}
		assertThat(this.time.pendingTasks()).isLessThanOrEqualTo(2);
	}

	@Test
	void aFutureThatFailsOtherwiseGivesUpWaiting() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		CompletableFuture<Lease<Connection>> future = pool.acquireAsync(OWNER, SECOND);
		future.completeExceptionally(new IllegalStateException("no longer needed"));
		assertThat(pool.snapshot().pending()).isZero();
	}

	@Test
	void aCallerWithoutAnOwnerIsRefused() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		assertThatNullPointerException().isThrownBy(() -> pool.acquire(null, SECOND)).withMessage("owner");
	}

	@Test
	void aLeaseThatArrivesAfterItsFutureWasCancelledIsClosed() {
		List<Runnable> callbacks = new ArrayList<>();
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).executor(callbacks::add));
		Lease<Connection> held = pool.acquire(OWNER);
		CompletableFuture<Lease<Connection>> future = pool.acquireAsync(OWNER, SECOND);
		held.close();
		future.cancel(true);
		assertThat(pool.snapshot().active()).isEqualTo(1);
		callbacks.forEach(Runnable::run);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void theSumsOfWaitsAndOfHoldingTimesNeedNoListener(boolean reusable) {
		this.connector.reusable = reusable;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).listener(PoolListener.NONE));
		Lease<Connection> first = pool.acquire(OWNER);
		this.time.advance(SECOND);
		CapturedLease second = acquire(pool);
		this.time.advance(SECOND);
		first.close();
		first.close();
		assertThat(pool.snapshot().waited()).isEqualTo(SECOND);
		assertThat(pool.snapshot().held()).isEqualTo(SECOND.multipliedBy(2));
		this.time.advance(SECOND);
		pool.softReset();
		second.lease.close();
		Lease<Connection> revoked = pool.acquire(OWNER);
		this.time.advance(SECOND);
		pool.revoke(revoked.id());
		revoked.close();
		assertThat(pool.snapshot().waited()).isEqualTo(SECOND);
		assertThat(pool.snapshot().held()).isEqualTo(SECOND.multipliedBy(4));
	}

	@Test
	void theHoldingTimeOfALeaseThatIsRevokedWhileItEndsCountsOnce() {
		this.connector.reusable = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER).close();
		Lease<Connection> lease = pool.acquire(OWNER);
		this.time.advance(SECOND);
		this.connector.whileLeaseEnds = () -> assertThat(pool.revoke(lease.id())).isTrue();
		lease.close();
		assertThat(pool.snapshot().held()).isEqualTo(SECOND);
	}

}
