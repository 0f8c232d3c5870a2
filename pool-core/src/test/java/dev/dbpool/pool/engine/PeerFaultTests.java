package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Faults that other pools had, as far as no other test is about them: see
 * {@code docs/verification.md}.
 */
@Order(1)
class PeerFaultTests extends PoolTestSupport {

	/**
	 * A cache by thread kept connections with the threads that had them, and starved the
	 * others as soon as holders yielded.
	 */
	@Test
	void noThreadStarvesWhenHoldersYield() throws Exception {
		int threads = 32;
		int leasesEach = 2_000;
		AtomicInteger[] served = new AtomicInteger[threads];
		CyclicBarrier start = new CyclicBarrier(threads);
		CountDownLatch notServedYet = new CountDownLatch(threads);
		CountDownLatch oneIsDone = new CountDownLatch(1);
		PoolOptions options = PoolOptions.builder("fair").maxConnections(4).maxPending(threads).build();
		ConnectionPool<Connection> pool = ConnectionPool.create(options, new StubConnector());
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			AtomicInteger mine = new AtomicInteger();
			served[i] = mine;
			callers.add(new Thread(() -> {
				await(start);
				pool.acquire(OWNER).close();
				notServedYet.countDown();
				while (oneIsDone.getCount() > 0) {
					try (Lease<Connection> lease = pool.acquire(OWNER)) {
						assertThat(lease.isActive()).isTrue();
						Thread.yield();
					}
					if (notServedYet.getCount() == 0 && mine.incrementAndGet() == leasesEach) {
						oneIsDone.countDown();
					}
				}
			}));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join();
		}
		pool.close(Duration.ZERO).toCompletableFuture().get(10, TimeUnit.SECONDS);
		int median = Arrays.stream(served)
			.mapToInt(AtomicInteger::get)
			.sorted()
			.skip(threads / 2)
			.findFirst()
			.orElseThrow();
		assertThat(served).as("leases by thread, half of them up to %s", median)
			.allSatisfy((count) -> assertThat(count).hasValueGreaterThan(median / 2));
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await();
		}
		catch (InterruptedException | BrokenBarrierException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The thread that released was caught in a loop of callbacks of others.
	 */
	@Test
	void aReleaseRunsNoCallbackOfOthers() {
		List<Runnable> handedToExecutor = new ArrayList<>();
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(1)
			.maxConnections(1)
			.maxPending(1_000)
			.executor(handedToExecutor::add));
		CapturedLease first = acquire(pool);
		List<CapturedLease> others = new ArrayList<>();
		for (int i = 0; i < 1_000; i++) {
			others.add(acquire(pool));
		}
		first.lease.close();
		assertThat(others).allSatisfy((other) -> assertThat(other.calls).hasValue(0));
		assertThat(handedToExecutor).hasSize(1);
		for (int i = 0; i < 1_000; i++) {
			handedToExecutor.get(i).run();
			others.get(i).lease.close();
		}
	}

	/**
	 * Waiting threads kept a processor busy for hours. Ours wakes once, to look whether
	 * it waits for itself.
	 */
	@Test
	void aWaitingThreadSleeps() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofDays(1));
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		assertThatExceptionOfType(AcquireTimeoutException.class)
			.isThrownBy(() -> pool.acquire(OWNER, Duration.ofSeconds(30)));
		assertThat(parking.parks).isEqualTo(2);
		assertThat(parking.yields).isLessThan(100);
		end(pool);
	}

	/**
	 * The JDK keeps a timer for each virtual thread that sleeps for a time. The pool has
	 * one for all of them.
	 */
	@Test
	void aWaitingThreadThatReliesOnAlarmsIsWokenByThePool() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofDays(1));
		parking.cheap = true;
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		parking.forgetWakeUp();
		long start = this.time.nanoTime();
		assertThatExceptionOfType(AcquireTimeoutException.class)
			.isThrownBy(() -> pool.acquire(OWNER, Duration.ofSeconds(30)));
		assertThat(Duration.ofNanos(this.time.nanoTime() - start)).isEqualTo(Duration.ofSeconds(30));
		assertThat(parking.parks).isZero();
		assertThat(parking.parksWithoutTimer).isEqualTo(2);
		end(pool);
	}

	/**
	 * A lock that is taken before parking may use up the wake-up.
	 */
	@Test
	void aThreadThatIsServedWhileItsAlarmIsSetDoesNotSleep() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofDays(1));
		parking.cheap = true;
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		LeaseSnapshot held = pool.leases().get(0);
		this.time.onceWhileSetting = () -> {
			pool.evict(held.connectionId());
			pool.revoke(held.id());
			parking.forgetWakeUp();
		};
		try (Lease<Connection> lease = pool.acquire(OWNER, Duration.ofSeconds(30))) {
			assertThat(lease.connectionId()).isNotEqualTo(held.connectionId());
		}
		assertThat(parking.parksWithoutTimer).isZero();
		end(pool);
	}

	/**
	 * Each wake-up without a lease gave the caller its whole time once more.
	 */
	@Test
	void wakingUpWithoutALeaseDoesNotProlongTheWait() {
		RecordingParking parking = new RecordingParking(this.time, Duration.ofSeconds(4));
		DefaultConnectionPool<Connection> pool = exhausted(parking);
		long start = this.time.nanoTime();
		assertThatExceptionOfType(AcquireTimeoutException.class)
			.isThrownBy(() -> pool.acquire(OWNER, Duration.ofSeconds(30)));
		assertThat(Duration.ofNanos(this.time.nanoTime() - start)).isEqualTo(Duration.ofSeconds(30));
		assertThat(parking.parks).isEqualTo(9);
		end(pool);
	}

	/**
	 * After a failure the minimum was not restored until a caller asked for a connection.
	 */
	@Test
	void theMinimumIsRestoredAfterAnOutage() {
		ConnectionPool<Connection> pool = pool((options) -> options.minConnections(2).maxConnections(3));
		this.connector.openFailure = new IllegalStateException("refused");
		List.copyOf(this.connector.events).forEach(ConnectionEvents::disconnected);
		this.time.advance(Duration.ofMinutes(5));
		assertThat(pool.snapshot().total()).isZero();
		this.connector.openFailure = null;
		this.time.advance(Duration.ofMinutes(1));
		assertThat(pool.snapshot().idle()).isEqualTo(2);
	}

	/**
	 * A burst of callers waited for connections that were opened one after the other.
	 */
	@Test
	void aBurstOpensInParallelAndNoMoreThanItNeeds() {
		this.connector.holdOpens = true;
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(20).maxConcurrentOpens(4).maxPending(200));
		List<CapturedLease> burst = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			burst.add(acquire(pool));
		}
		assertThat(this.connector.pendingOpens).hasSize(4);
		while (!this.connector.pendingOpens.isEmpty()) {
			this.connector.completeOpens();
		}
		assertThat(this.connector.openAttempts).isEqualTo(20);
		burst.forEach((caller) -> caller.lease.close());
		assertThat(this.connector.openAttempts).isEqualTo(20);
	}

}
