package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A connector with bugs costs connections, never leases, places or the pool's own work.
 */
class ConnectorFaultTests extends PoolTestSupport {

	private static final int MANY = 1_000;

	@Test
	@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
	void connectionsThatOpenImmediatelyDoNotOverflowTheStack() throws InterruptedException {
		AtomicReference<ConnectionPool<Connection>> pool = new AtomicReference<>();
		onSmallStack(() -> pool.set(pool((options) -> options.minConnections(MANY).maxConnections(MANY))));
		assertThat(pool.get().snapshot().idle()).isEqualTo(MANY);
	}

	@Test
	@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
	void validationsThatFailImmediatelyDoNotOverflowTheStack() throws InterruptedException {
		waiterIsServedAfterManyValidations(StubConnector::failed);
	}

	@Test
	@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
	void validationsThatLoseTheirConnectionsImmediatelyDoNotOverflowTheStack() throws InterruptedException {
		waiterIsServedAfterManyValidations(() -> {
			this.connector.validated.get(this.connector.validated.size() - 1).events().disconnected();
			return StubConnector.failed();
		});
	}

	private void waiterIsServedAfterManyValidations(Supplier<CompletionStage<Void>> validation)
			throws InterruptedException {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minConnections(MANY).maxConnections(MANY).validateAfterIdle(SECOND));
		this.time.advance(SECOND.multipliedBy(2));
		pool.resize(0, MANY);
		this.connector.onValidate = validation;
		CapturedLease waiter = new CapturedLease();
		onSmallStack(() -> pool.acquire(OWNER, SECOND, waiter));
		assertThat(this.connector.validated).hasSize(MANY);
		assertThat(waiter.lease).isNotNull();
		waiter.lease.close();
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	private void onSmallStack(Runnable action) throws InterruptedException {
		Thread thread = new Thread(null, action, "small stack", 256 * 1024);
		thread.start();
		thread.join();
		this.time.advance(Duration.ZERO);
	}

	@Test
	void anErrorAtTheEndOfAStepDoesNotKeepThePoolLocked() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		this.time.onceWhileReading = () -> {
			throw new StackOverflowError();
		};
		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> pool.evict(1));
		assertThat(CompletableFuture.supplyAsync(pool::snapshot)).succeedsWithin(Duration.ofSeconds(30));
	}

	@Test
	void anOpenThatReturnsNoStageCountsAsFailed() {
		this.connector.openReturnsNothing = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		assertThat(pool.snapshot().openFailures()).isEqualTo(1);
		this.connector.openReturnsNothing = false;
		this.time.advance(SECOND);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void anOpenThatNeverEndsTakesItsPlaceForALimitedTime() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).openTimeout(Duration.ofSeconds(10)));
		CapturedLease waiter = acquire(pool);
		this.connector.holdOpens = false;
		this.time.advance(Duration.ofSeconds(11));
		assertThat(waiter.lease).isNotNull();
		waiter.lease.close();
		assertThat(this.events.log).contains("open failed 1");
	}

	@Test
	void aConnectionThatOpensTooLateIsClosed() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).openTimeout(Duration.ofSeconds(10)));
		CapturedLease waiter = acquire(pool);
		this.connector.holdOpens = false;
		this.time.advance(Duration.ofSeconds(11));
		this.connector.completeOpens();
		assertThat(waiter.lease).isNotNull();
		assertThat(this.connector.closed).hasSize(1).doesNotContain(waiter.lease.connection());
		assertThat(pool.snapshot().total()).isEqualTo(1);
		waiter.lease.close();
	}

	@Test
	void anOpenConnectionIsNotGivenUpByATimerThatIsLate() {
		this.time.cancelsTooLate = true;
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(1).openTimeout(Duration.ofSeconds(10)));
		CapturedLease waiter = acquire(pool);
		this.connector.completeOpens();
		try (Lease<Connection> lease = waiter.lease) {
			this.time.advance(Duration.ofSeconds(11));
			assertThat(lease.isActive()).isTrue();
			assertThat(pool.snapshot().active()).isEqualTo(1);
			assertThat(pool.snapshot().openFailures()).isZero();
		}
		this.time.cancelsTooLate = false;
	}

	@Test
	void callersLearnThatConnectionsDoNotOpenInTime() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.openTimeout(Duration.ofSeconds(10)).acquireTimeout(Duration.ofSeconds(12)));
		CapturedLease waiter = acquire(pool);
		this.time.advance(Duration.ofSeconds(12));
		assertThat(waiter.failure)
			.hasMessageContaining("Connections could not be opened: a connection was not open within 10s");
	}

	@Test
	void aValidationThatNeverEndsTakesItsPlaceForALimitedTime() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.keepAliveInterval(Duration.ofSeconds(20))
			.openTimeout(Duration.ofSeconds(10)));
		pool.acquire(OWNER).close();
		this.connector.onValidate = CompletableFuture::new;
		this.time.advance(Duration.ofSeconds(36));
		this.connector.onValidate = StubConnector::done;
		assertThat(this.events.log).contains("closed 1 VALIDATION_FAILED");
		try (Lease<Connection> lease = pool.acquire(OWNER)) {
			assertThat(lease.connection().id()).isEqualTo(2);
		}
	}

	@Test
	void aValidationIsNotEndedByTheLateTimerOfTheOneBefore() {
		List<CompletableFuture<Void>> validations = new ArrayList<>();
		this.time.cancelsTooLate = true;
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.keepAliveInterval(Duration.ofSeconds(6))
			.openTimeout(Duration.ofSeconds(10)));
		pool.acquire(OWNER).close();
		this.connector.onValidate = () -> {
			validations.add(new CompletableFuture<>());
			return validations.get(validations.size() - 1);
		};
		advanceUntil(() -> validations.size() == 1);
		long timerOfTheFirst = this.time.nanoTime() + Duration.ofSeconds(10).toNanos();
		validations.get(0).complete(null);
		advanceUntil(() -> validations.size() == 2);
		assertThat(this.time.nanoTime()).isLessThan(timerOfTheFirst);
		advanceUntil(() -> this.time.nanoTime() > timerOfTheFirst);
		assertThat(pool.snapshot().total()).isEqualTo(1);
		validations.get(1).complete(null);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
		this.time.cancelsTooLate = false;
	}

	private void advanceUntil(BooleanSupplier condition) {
		for (int seconds = 0; !condition.getAsBoolean(); seconds++) {
			assertThat(seconds).isLessThan(60);
			this.time.advance(Duration.ofSeconds(1));
		}
	}

	@Test
	void aResetThatThrowsAnErrorLosesNoLease() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		this.connector.onReset = ConnectorFaultTests::fail;
		pool.acquire(OWNER).close();
		assertThat(pool.snapshot().active()).isZero();
		assertThat(this.events.log).contains("closed 1 RESET_FAILED");
	}

	@Test
	void aResetThatReturnsNoStageLosesNoLease() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		this.connector.onReset = () -> null;
		pool.acquire(OWNER).close();
		assertThat(pool.snapshot().active()).isZero();
		assertThat(this.events.log).contains("closed 1 RESET_FAILED");
	}

	@Test
	void aCloseThatThrowsAnErrorLosesNoPlace() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		this.connector.onClose = ConnectorFaultTests::fail;
		try (Lease<Connection> lease = pool.acquire(OWNER)) {
			lease.invalidate();
		}
		assertThat(pool.snapshot().total()).isZero();
	}

	@Test
	void aValidationThatThrowsAnErrorDoesNotEndHousekeeping() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2)
			.keepAliveInterval(Duration.ofSeconds(20))
			.leakDetectionTimeout(Duration.ofSeconds(60)));
		this.connector.onValidate = ConnectorFaultTests::fail;
		this.time.advance(Duration.ofSeconds(25));
		this.connector.onValidate = StubConnector::done;
		assertThat(this.events.log).contains("closed 1 VALIDATION_FAILED", "closed 2 VALIDATION_FAILED");
		Lease<Connection> leaked = pool.acquire(OWNER);
		this.time.advance(Duration.ofSeconds(66));
		assertThat(leaked.isActive()).isFalse();
	}

	@Test
	void aListenerThatThrowsAnErrorKeepsNoCallerFromItsLease() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).listener(new PoolListener() {

			@Override
			public void onLeaseReleased(LeaseOwner owner, Duration held) {
				throw new AssertionError("bug in the listener");
			}

		}));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		held.close();
		assertThat(waiter.lease).isNotNull();
		waiter.lease.close();
	}

	@Test
	void timesWithoutEndAreTakenForVeryLong() {
		Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1)
			.acquireTimeout(longest)
			.idleTimeout(longest)
			.maxLifetime(longest)
			.validateAfterIdle(longest)
			.leakDetectionTimeout(longest));
		Lease<Connection> held = pool.acquire(OWNER);
		CompletableFuture<Lease<Connection>> waiter = pool.acquireAsync(OWNER, longest);
		held.close();
		assertThat(waiter).isCompleted();
		waiter.join().close();
		assertThat(pool.snapshot().active()).isZero();
	}

	private static <T> T fail() {
		throw new AssertionError("bug in the connector");
	}

	@Test
	void aConnectorThatFailsImmediatelyIsNotStormedThoughTheBackOffIsZero() {
		this.connector.openFailure = new IllegalStateException("refused");
		ConnectionPool<Connection> pool = pool(
				(options) -> options.minOpenBackoff(Duration.ZERO).maxOpenBackoff(Duration.ZERO));
		CapturedLease waiter = acquire(pool);
		assertThat(this.connector.openAttempts).isEqualTo(1);
		this.connector.openFailure = null;
		this.time.advance(SECOND);
		assertThat(waiter.lease).isNotNull();
	}

}
