package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pool without a listener, on the shared scheduler: the times of its leases are up to
 * 10 ms late, those of its connections are exact.
 */
class CoarseClockTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final StubConnector connector = new StubConnector();

	private ConnectionPool<Connection> pool;

	@AfterEach
	void closePool() {
		if (this.pool == null) {
			return;
		}
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).isCompleted();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void validatesAlwaysWhenConfiguredSo(boolean reusable) {
		createPool(Duration.ZERO, reusable);
		for (int i = 0; i < 1_000; i++) {
			this.pool.acquire(OWNER).close();
		}
		assertThat(this.connector.validated).hasSize(999);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void validatesAConnectionThatHasIdledBeforeItIsLeased(boolean reusable) {
		Duration limit = Duration.ofMillis(50);
		createPool(limit, reusable);
		this.pool.acquire(OWNER).close();
		long released = System.nanoTime();
		while (CoarseClock.INSTANCE.nanoTime() - released <= limit.toNanos()) {
			Thread.onSpinWait();
		}
		this.pool.acquire(OWNER).close();
		assertThat(this.connector.validated).hasSize(1);
	}

	@Test
	void validatesAConnectionThatHasIdledWhileTheSchedulerIsBlocked() {
		CountDownLatch unblocked = new CountDownLatch(1);
		ScheduledTask blocker = PoolScheduler.SHARED.schedule(Duration.ZERO, () -> await(unblocked));
		try {
			validatesAConnectionThatHasIdledBeforeItIsLeased(true);
		}
		finally {
			unblocked.countDown();
			blocker.cancel();
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void leasesAConnectionAgainWithoutValidation(boolean reusable) {
		createPool(Duration.ofDays(1), reusable);
		for (int i = 0; i < 1_000; i++) {
			this.pool.acquire(OWNER).close();
		}
		assertThat(this.connector.validated).isEmpty();
	}

	@Test
	void ticksAgainForAReaderThatComesBeforeThePark() throws InterruptedException {
		CompletableFuture<CoarseClock> clock = new CompletableFuture<>();
		HastyParking parking = new HastyParking(() -> clock.join().nanoTime());
		clock.complete(new CoarseClock(parking));
		assertThat(parking.woken.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void ticksAgainForAReaderThatComesAfterThePark() throws InterruptedException {
		HastyParking parking = new HastyParking(() -> {
		});
		CoarseClock clock = new CoarseClock(parking);
		assertThat(parking.stopped.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
		clock.nanoTime();
		assertThat(parking.woken.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
	}

	private void createPool(Duration validateAfterIdle, boolean reusable) {
		this.connector.reusable = reusable;
		this.pool = ConnectionPool.create(
				PoolOptions.builder("coarse").maxConnections(1).validateAfterIdle(validateAfterIdle).build(),
				this.connector);
	}

	/**
	 * Lets a clock tick without a sleep, so that it stops soon.
	 */
	private static final class HastyParking implements Parking {

		private final Semaphore stopped = new Semaphore(0);

		private final Semaphore woken = new Semaphore(0);

		private final Runnable beforePark;

		HastyParking(Runnable beforePark) {
			this.beforePark = beforePark;
		}

		@Override
		public void park(Object blocker, long nanos) {
		}

		@Override
		public void park(Object blocker) {
			this.stopped.release();
			this.beforePark.run();
			THREADS.park(blocker);
			this.woken.release();
		}

		@Override
		public void unpark(Thread thread) {
			THREADS.unpark(thread);
		}

		@Override
		public void yield() {
			throw new UnsupportedOperationException();
		}

		@Override
		public boolean isCheap() {
			throw new UnsupportedOperationException();
		}

	}

}
