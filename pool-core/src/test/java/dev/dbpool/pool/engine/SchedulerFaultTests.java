package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A scheduler that takes on no more timers, as one that was shut down too early does,
 * costs the bounds on time, never leases or places.
 */
class SchedulerFaultTests extends PoolTestSupport {

	@Test
	void aResetThatCannotBeTimedStillEnds() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		CompletableFuture<Void> reset = new CompletableFuture<>();
		this.connector.onReset = () -> reset;
		Lease<Connection> lease = pool.acquire(OWNER);
		this.time.refuses = true;
		lease.close();
		CapturedLease waiter = acquire(pool);
		reset.complete(null);
		assertThat(waiter.lease).isNotNull();
		this.time.refuses = false;
		waiter.lease.close();
	}

	@Test
	void aCloseThatCannotBeTimedStillHappens() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> lease = pool.acquire(OWNER);
		this.time.refuses = true;
		lease.invalidate();
		lease.close();
		assertThat(this.connector.closed).hasSize(1);
		assertThat(pool.snapshot().total()).isZero();
		this.time.refuses = false;
	}

	@Test
	void housekeepingGoesOnOnceTimersAreTakenOnAgain() {
		ConnectionPool<Connection> pool = pool((options) -> options.leakDetectionTimeout(Duration.ofMinutes(1)));
		Lease<Connection> leaked = pool.acquire(OWNER);
		this.time.refuses = true;
		this.time.advance(Duration.ofSeconds(20));
		this.time.refuses = false;
		assertThat(pool.snapshot().active()).isEqualTo(1);
		this.time.advance(Duration.ofMinutes(2));
		assertThat(leaked.isActive()).isFalse();
	}

	@Test
	void aSchedulerThatRefusesIsNotAskedAtEachEvent() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		this.time.refuses = true;
		this.time.advance(Duration.ofSeconds(20));
		int refusals = this.time.refusals;
		for (int i = 0; i < 100; i++) {
			pool.snapshot();
		}
		assertThat(this.time.refusals).isLessThanOrEqualTo(refusals + 1);
		this.time.refuses = false;
	}

	@Test
	void aBackOffThatCannotBeTimedEndsOnceTimersAreTakenOnAgain() {
		this.connector.openFailure = new IllegalStateException("refused");
		this.time.refuses = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		this.connector.openFailure = null;
		this.time.refuses = false;
		this.time.advance(Duration.ofSeconds(20));
		assertThat(pool.snapshot().openFailures()).isEqualTo(1);
		this.time.advance(Duration.ofSeconds(20));
		assertThat(pool.snapshot().idle()).isEqualTo(1);
	}

	@Test
	void aDrainThatCannotBeTimedEndsImmediately() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> lease = pool.acquire(OWNER);
		this.time.refuses = true;
		CompletionStage<Void> closed = pool.close(SECOND);
		assertThat(lease.isActive()).isFalse();
		assertThat(closed.toCompletableFuture()).isCompleted();
		this.time.refuses = false;
	}

	@Test
	void aThreadThatReliesOnAlarmsLooksAtTheClockItselfOnceOneIsRefused() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofDays(1));
		parking.reliesOnAlarms = true;
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		parking.onFirstSleep = () -> this.time.refuses = true;
		long start = this.time.nanoTime();
		assertThatExceptionOfType(AcquireTimeoutException.class)
			.isThrownBy(() -> pool.acquire(OWNER, Duration.ofSeconds(30)));
		assertThat(Duration.ofNanos(this.time.nanoTime() - start)).isEqualTo(Duration.ofSeconds(30));
		assertThat(parking.parksWithoutTimer).isEqualTo(1);
		assertThat(parking.parks).isPositive();
		this.time.refuses = false;
		end(pool);
	}

	@Test
	void aRejectedAlarmIsReportedToThreadsThatRelyOnIt() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofDays(1));
		parking.reliesOnAlarms = true;
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		pool.acquire(OWNER, SECOND, new CapturedLease());
		this.time.schedule(Duration.ofMillis(500), () -> this.time.refuses = true);
		long start = this.time.nanoTime();
		assertThatExceptionOfType(AcquireTimeoutException.class)
			.isThrownBy(() -> pool.acquire(OWNER, Duration.ofSeconds(30)));
		assertThat(Duration.ofNanos(this.time.nanoTime() - start)).isEqualTo(Duration.ofSeconds(30));
		assertThat(parking.parksWithoutTimer).isEqualTo(2);
		this.time.refuses = false;
		end(pool);
	}

	@Test
	void aRefusedAlarmLeavesTheOneThatWasSetBefore() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> held = pool.acquire(OWNER);
		CapturedLease patient = new CapturedLease();
		pool.acquire(OWNER, Duration.ofSeconds(30), patient);
		this.time.refuses = true;
		pool.acquire(OWNER, SECOND, new CapturedLease());
		this.time.advance(Duration.ofSeconds(30));
		assertThat(patient.failure).isInstanceOf(AcquireTimeoutException.class);
		this.time.refuses = false;
		held.close();
	}

}
