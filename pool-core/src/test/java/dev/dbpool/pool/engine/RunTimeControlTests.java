package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RunTimeControlTests extends PoolTestSupport {

	@Test
	void growingServesWaitersImmediately() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.acquire(OWNER);
		List<CapturedLease> waiters = List.of(acquire(pool), acquire(pool));
		pool.resize(0, 3);
		assertThat(waiters).allSatisfy((waiter) -> assertThat(waiter.lease).isNotNull());
		assertThat(pool.snapshot().max()).isEqualTo(3);
	}

	@Test
	void growingTheMinimumOpensConnections() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		pool.resize(4, 5);
		assertThat(pool.snapshot().idle()).isEqualTo(4);
		assertThat(pool.snapshot().min()).isEqualTo(4);
	}

	@Test
	void shrinkingClosesIdleConnectionsBeforeLeasedOnes() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(3).maxConnections(3));
		Lease<Connection> lease = pool.acquire(OWNER);
		pool.resize(1, 1);
		assertThat(pool.snapshot().total()).isEqualTo(1);
		assertThat(lease.isActive()).isTrue();
		lease.close();
		assertThat(pool.acquire(OWNER).connectionId()).isEqualTo(lease.connectionId());
		assertThat(this.events.log).filteredOn((event) -> event.endsWith("RESIZED")).hasSize(2);
	}

	@Test
	void shrinkingBelowTheLeasesWaitsForTheirEnd() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(3));
		List<Lease<Connection>> leases = List.of(pool.acquire(OWNER), pool.acquire(OWNER), pool.acquire(OWNER));
		pool.resize(0, 1);
		CapturedLease waiter = acquire(pool);
		assertThat(leases).allMatch(Lease::isActive);
		leases.get(0).close();
		leases.get(1).close();
		leases.get(2).close();
		assertThat(waiter.lease.isActive()).isTrue();
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	@Test
	void aConnectionThatWasOpeningWhenThePoolShrankIsNotKept() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		pool.resize(0, 1);
		this.connector.completeOpens();
		assertThat(pool.snapshot().total()).isEqualTo(1);
	}

	@Test
	void growingAgainUsesThePlacesThatWereGivenUp() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(3).maxConnections(3));
		pool.resize(0, 1);
		pool.resize(3, 3);
		List<CapturedLease> callers = List.of(acquire(pool), acquire(pool), acquire(pool));
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
		assertThat(callers).extracting((caller) -> caller.lease.id()).doesNotHaveDuplicates();
	}

	@Test
	void refusesASizeThatMakesNoSense() {
		ConnectionPool<Connection> pool = pool((options) -> options);
		assertThatIllegalArgumentException().isThrownBy(() -> pool.resize(3, 2))
			.withMessage("pool 'test': minConnections (3) is greater than maxConnections (2). "
					+ "Lower the one or raise the other");
		assertThatIllegalArgumentException().isThrownBy(() -> pool.resize(0, 0))
			.withMessage("pool 'test': maxConnections is 0. Set it to 1 or more");
		assertThat(pool.snapshot().max()).isEqualTo(2);
	}

	@Test
	void aPoolThatIsRestrictedFromTheStartOpensNothingUntilItMay() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2).maxConnections(4), 0);
		CapturedLease waiter = acquire(pool);
		assertThat(this.connector.openAttempts).isZero();
		assertThat(pool.snapshot().max()).isZero();
		assertThat(pool.snapshot().utilization()).isZero();
		pool.restrict(1);
		assertThat(waiter.lease).isNotNull();
		assertThat(pool.snapshot().total()).isEqualTo(1);
		assertThat(pool.snapshot().utilization()).isEqualTo(1);
		pool.restrict(ConnectionPool.UNRESTRICTED);
		assertThat(pool.snapshot().max()).isEqualTo(4);
		assertThat(pool.snapshot().total()).isEqualTo(2);
	}

	@Test
	void restrictingToNoneClosesIdleConnectionsAndLetsCallersWait() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2).maxConnections(2));
		Lease<Connection> lease = pool.acquire(OWNER);
		pool.restrict(0);
		assertThat(pool.snapshot().total()).isEqualTo(1);
		lease.close();
		assertThat(pool.snapshot().total()).isZero();
		CapturedLease waiter = acquire(pool);
		this.time.advance(SECOND);
		assertThat(waiter.calls).hasValue(0);
		pool.restrict(2);
		assertThat(waiter.lease.isActive()).isTrue();
	}

	@Test
	void aRestrictionBoundsWhateverSizeThePoolIsGiven() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(4));
		pool.restrict(3);
		pool.resize(0, 8);
		assertThat(pool.snapshot().max()).isEqualTo(3);
		assertThat(pool.size()).isEqualTo(8);
		pool.resize(0, 2);
		assertThat(pool.snapshot().max()).isEqualTo(2);
		assertThatIllegalArgumentException().isThrownBy(() -> pool.restrict(-1))
			.withMessage("pool 'test': restriction is -1. Set it to 0 or more");
	}

	@Test
	void aCallerThatTimesOutLearnsThatThePoolIsRestricted() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(4));
		pool.restrict(1);
		pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		this.time.advance(pool.options().acquireTimeout());
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessageContaining("(1 of 1 leased")
			.hasMessageEndingWith("The pool is restricted to 1 of 4 connections at present. "
					+ "Raise what restricts it, or look for operations that hold a connection for long");
	}

	@Test
	void aSoftResetReplacesIdleConnectionsImmediatelyAndLeasedOnesWhenTheirLeasesEnd() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(3).maxConnections(3));
		Lease<Connection> lease = pool.acquire(OWNER);
		assertThat(pool.softReset()).isEqualTo(3);
		assertThat(lease.isActive()).isTrue();
		assertThat(this.connector.closed).hasSize(2);
		lease.close();
		assertThat(pool.connections()).extracting(ConnectionSnapshot::id).containsExactly(4L, 5L, 6L);
		assertThat(pool.softReset()).isEqualTo(3);
	}

	@Test
	void suspendedPoolServesNoCaller() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1).maxConnections(2));
		assertThat(pool.suspend()).isTrue();
		assertThat(pool.suspend()).isFalse();
		CapturedLease first = acquire(pool);
		CapturedLease second = acquire(pool);
		assertThat(first.calls).hasValue(0);
		assertThat(pool.snapshot().suspended()).isTrue();
		assertThat(this.connector.openAttempts).isEqualTo(1);
		assertThat(pool.resume()).isTrue();
		assertThat(pool.resume()).isFalse();
		assertThat(first.lease).isNotNull();
		assertThat(second.lease).isNotNull();
	}

	@Test
	void leasesContinueWhileSuspendedAndServeWaitersAfterResume() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1));
		Lease<Connection> lease = pool.acquire(OWNER);
		CapturedLease waiter = acquire(pool);
		pool.suspend();
		lease.connection();
		lease.close();
		assertThat(waiter.calls).hasValue(0);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
		pool.resume();
		assertThat(waiter.lease).isNotNull();
	}

	@Test
	void aCallerThatTimesOutLearnsThatThePoolIsSuspended() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		pool.suspend();
		CapturedLease waiter = acquire(pool);
		assertThatExceptionOfType(AcquireTimeoutException.class).isThrownBy(() -> pool.acquire(OWNER, Duration.ZERO));
		this.time.advance(Duration.ofSeconds(30));
		assertThat(waiter.failure).isInstanceOf(AcquireTimeoutException.class)
			.hasMessageEndingWith("The pool is suspended. Resume it");
		pool.resume();
	}

	@Test
	void aSuspendedPoolCanBeClosed() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2));
		pool.suspend();
		CapturedLease waiter = acquire(pool);
		assertThat(pool.close(SECOND).toCompletableFuture()).isCompleted();
		assertThat(waiter.failure).isInstanceOf(PoolClosedException.class);
	}

	@Test
	void aSuspendedPoolServesNoCallerThatDoesNotWait() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1));
		pool.suspend();
		assertThatExceptionOfType(AcquireTimeoutException.class).isThrownBy(() -> pool.acquire(OWNER, Duration.ZERO));
		CapturedLease refused = new CapturedLease();
		pool.acquire(OWNER, Duration.ZERO, refused);
		assertThat(refused.failure).isInstanceOf(AcquireTimeoutException.class);
		assertThat(pool.snapshot().idle()).isEqualTo(1);
		pool.resume();
		assertThat(pool.acquire(OWNER, Duration.ZERO).isActive()).isTrue();
	}

	/**
	 * The caller comes when the pool is resumed already, and the waiter not served yet.
	 */
	@Test
	void aCallerThatDoesNotWaitOvertakesNoWaiter() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1).maxConnections(1));
		pool.suspend();
		CapturedLease waiter = acquire(pool);
		CapturedLease late = new CapturedLease();
		this.time.onceWhileReading = () -> pool.acquire(OWNER, Duration.ZERO, late);
		pool.resume();
		assertThat(late.failure).isInstanceOf(AcquireTimeoutException.class);
		assertThat(waiter.lease).isNotNull();
	}

	/**
	 * The caller sees no room yet, and the step that makes room has seen no caller.
	 */
	@Test
	void aConnectionIsOpenedForACallerThatComesWhileRoomIsMade() {
		ConnectionPool<Connection> pool = pool((options) -> options.maxConnections(1).maxConcurrentOpens(2));
		Lease<Connection> held = pool.acquire(OWNER);
		this.connector.holdOpens = true;
		List<CapturedLease> late = List.of(new CapturedLease(), new CapturedLease());
		this.time.onceWhileReading = () -> late.forEach((caller) -> pool.acquire(OWNER, SECOND, caller));
		pool.resize(2, 3);
		assertThat(this.connector.pendingOpens).hasSize(2);
		this.connector.completeOpens();
		assertThat(late).allSatisfy((caller) -> assertThat(caller.lease).isNotNull());
		held.close();
	}

	@Test
	void theBoundOnWaitersFollowsTheSizeUnlessItIsExplicit() {
		ConnectionPool<Connection> derived = pool((options) -> options.maxConnections(1));
		ConnectionPool<Connection> explicit = pool((options) -> options.maxConnections(1).maxPending(5));
		List.of(derived, explicit).forEach((pool) -> {
			pool.resize(0, 2);
			pool.suspend();
		});
		assertThat(waitersAdmitted(derived)).isEqualTo(200);
		assertThat(waitersAdmitted(explicit)).isEqualTo(5);
		derived.resize(0, 1);
		CapturedLease refused = acquire(derived);
		assertThat(refused.failure).isInstanceOf(AcquireRejectedException.class);
	}

	private int waitersAdmitted(ConnectionPool<Connection> pool) {
		int admitted = 0;
		while (acquire(pool).failure == null) {
			admitted++;
		}
		return admitted;
	}

	@Test
	void slotsFollowTheSize() {
		PoolOptions options = PoolOptions.builder("slots").maxConnections(3).build();
		DefaultConnectionPool<Connection> pool = new DefaultConnectionPool<>(options, this.time, this.connector,
				Parking.THREADS, ConnectionPool.UNRESTRICTED);
		pool.start();
		pool.resize(3, 1000);
		LeaseSlots<Connection> slots = pool.slots;
		assertThat(slots.slots.length).isEqualTo(1000);
		List<Lease<Connection>> leases = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			leases.add(slots.tryAcquire(OWNER));
		}
		pool.resize(0, 1);
		assertThat(slots.slots.length).as("places that are taken").isEqualTo(3);
		leases.forEach(Lease::close);
		pool.softReset();
		assertThat(slots.slots.length).isEqualTo(1);
		pool.resize(2, 2);
		assertThat(slots.slots.length).isEqualTo(2);
		assertThat(pool.snapshot().acquired()).as("leases of all slots").isEqualTo(3);
		Lease<Connection> later = slots.tryAcquire(OWNER);
		assertThat(leases).extracting(Lease::id).doesNotContain(later.id());
		later.close();
		pool.close(Duration.ZERO);
		this.time.advance(SECOND);
	}

}
