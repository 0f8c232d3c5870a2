package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pool without a listener: leases read no clock, and the watch notes their times.
 */
class SlotWatchTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private static final Duration LOOK = Duration.ofMillis(10);

	private static final Duration SECOND = Duration.ofSeconds(1);

	@Nested
	class OnVirtualTime extends PoolTestSupport {

		private ConnectionPool<Connection> pool;

		@BeforeEach
		void createPool() {
			this.time.watches = true;
			this.connector.reusable = true;
			this.pool = pool((options) -> options.maxConnections(1)
				.validateAfterIdle(Duration.ofSeconds(15))
				.listener(PoolListener.NONE));
		}

		@Test
		void notesHowLongLeasesAreHeld() {
			for (int i = 0; i < 3; i++) {
				Lease<Connection> lease = this.pool.acquire(OWNER);
				this.time.advance(SECOND);
				assertThat(lease.age()).isBetween(SECOND.minus(LOOK), SECOND);
				assertThat(this.pool.leases().get(0).age()).isEqualTo(lease.age());
				lease.close();
				assertThat(lease.age()).isZero();
				this.time.advance(LOOK);
			}
			assertThat(this.pool.snapshot().held()).isBetween(Duration.ofMillis(2970), Duration.ofMillis(3030));
		}

		@Test
		void theErrorsOfTheSumCancelOutForLeasesFarApart() {
			for (int i = 0; i < 100; i++) {
				this.time.advance(Duration.ofMillis(2_001));
				Lease<Connection> lease = this.pool.acquire(OWNER);
				this.time.advance(Duration.ofMillis(8));
				lease.close();
			}
			this.time.advance(LOOK);
			assertThat(this.pool.snapshot().held()).isBetween(Duration.ofMillis(700), Duration.ofMillis(900));
		}

		@Test
		void aNewLeaseIsNoOlderThanItsSlotWasLeasedBefore() {
			Lease<Connection> first = this.pool.acquire(OWNER);
			this.time.advance(SECOND);
			first.close();
			Lease<Connection> second = this.pool.acquire(OWNER);
			assertThat(second.age()).isZero();
			assertThat(this.pool.leases().get(0).age()).isZero();
			assertThat(this.pool.connections().get(0).inState()).isZero();
			this.time.advance(SECOND);
			assertThat(second.age()).isBetween(SECOND.minus(LOOK), SECOND);
			second.close();
		}

		@Test
		void validatesAConnectionThatHasIdledBeforeItIsLeased() {
			useOnce();
			this.time.advance(Duration.ofSeconds(15).minus(LOOK));
			useOnce();
			assertThat(this.connector.validated).isEmpty();
			this.time.advance(Duration.ofSeconds(15).plus(LOOK));
			useOnce();
			assertThat(this.connector.validated).hasSize(1);
		}

		@Test
		void aConnectionInUseHasNotIdled() {
			Lease<Connection> lease = this.pool.acquire(OWNER);
			this.time.advance(Duration.ofMinutes(1));
			lease.close();
			useOnce();
			this.time.advance(SECOND);
			useOnce();
			assertThat(this.connector.validated).isEmpty();
			this.time.advance(LOOK);
			assertThat(this.pool.connections().get(0).unused()).isLessThanOrEqualTo(LOOK.multipliedBy(2));
		}

		@Test
		void stopsWhenNoLeaseIsLeft() {
			int timers = this.time.pendingTasks();
			Lease<Connection> lease = this.pool.acquire(OWNER);
			this.time.advance(Duration.ofMinutes(1));
			assertThat(this.time.pendingTasks()).isEqualTo(timers + 1);
			lease.close();
			this.time.advance(Duration.ofSeconds(2));
			assertThat(this.time.pendingTasks()).isEqualTo(timers);
		}

		@Test
		void looksAtASlotThatIsLeasedWhileItStops() {
			int timers = this.time.pendingTasks();
			int looks = looksUntilItStops(timers);
			useOnce();
			this.time.advance(LOOK.multipliedBy(looks - 1));
			this.time.onceWhileReading = () -> this.time.onceWhileReading = this::useOnce;
			this.time.advance(LOOK);
			assertThat(this.time.pendingTasks()).isEqualTo(timers + 1);
			this.time.advance(Duration.ofSeconds(16));
			useOnce();
			assertThat(this.connector.validated).hasSize(1);
		}

		@Test
		void looksAgainSoonAfterALookThatTookLong() {
			useOnce();
			this.time.onceWhileReading = () -> this.time.onceWhileReading = () -> this.time.advance(SECOND);
			this.time.advance(LOOK);
			Lease<Connection> lease = this.pool.acquire(OWNER);
			this.time.advance(Duration.ofMillis(300));
			assertThat(lease.age()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
			lease.close();
			this.time.advance(Duration.ofSeconds(16));
			useOnce();
			assertThat(this.connector.validated).hasSize(1);
		}

		@Test
		void looksAgainAfterATimerThatCouldNotBeSet() {
			useOnce();
			this.time.advance(Duration.ofSeconds(2));
			this.time.onceWhileSetting = () -> {
				throw new OutOfMemoryError("made up");
			};
			Lease<Connection> lease = this.pool.acquire(OWNER);
			this.time.advance(Duration.ofSeconds(20));
			assertThat(lease.age()).isGreaterThanOrEqualTo(Duration.ofSeconds(14));
			lease.close();
			this.time.advance(Duration.ofSeconds(16));
			useOnce();
			assertThat(this.connector.validated).hasSize(1);
		}

		@Test
		void aConnectionThatWasUsedAMomentAgoIsNotClosedAsIdle() {
			ConnectionPool<Connection> idling = pool((options) -> options.maxConnections(1)
				.validateAfterIdle(Duration.ofDays(1))
				.idleTimeout(Duration.ofSeconds(40))
				.listener(PoolListener.NONE));
			idling.acquire(OWNER).close();
			this.time.advance(Duration.ofSeconds(40).minusMillis(3));
			assertThat(idling.snapshot().idle()).isOne();
			idling.acquire(OWNER).close();
			this.time.advance(LOOK);
			assertThat(idling.snapshot().idle()).isOne();
			this.time.advance(Duration.ofSeconds(50));
			assertThat(idling.snapshot().idle()).isZero();
		}

		private int looksUntilItStops(int timersThen) {
			useOnce();
			int looks = 0;
			while (this.time.pendingTasks() > timersThen && looks < 1_000) {
				this.time.advance(LOOK);
				looks++;
			}
			return looks;
		}

		private void useOnce() {
			this.pool.acquire(OWNER).close();
		}

	}

	@Nested
	class OnTheSharedScheduler {

		private final StubConnector connector = new StubConnector();

		private DefaultConnectionPool<Connection> pool;

		@AfterEach
		void closePool() {
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
		void validatesAConnectionThatHasIdledForAShortTimeBeforeItIsLeased(boolean reusable) {
			createPool(Duration.ofMillis(50), reusable);
			idleFor(Duration.ofMillis(50));
			this.pool.acquire(OWNER).close();
			assertThat(this.connector.validated).hasSize(1);
		}

		@Test
		void validatesAConnectionThatHasIdledWhileTheSchedulerIsBlocked() {
			CountDownLatch unblocked = new CountDownLatch(1);
			ScheduledTask blocker = PoolScheduler.SHARED.schedule(Duration.ZERO, () -> await(unblocked));
			try {
				createPool(SECOND, true);
				idleFor(SECOND);
				long start = System.nanoTime();
				while (Slot.isWarm(this.pool.slots.slots[0].word())
						&& System.nanoTime() - start < Duration.ofSeconds(10).toNanos()) {
					Thread.onSpinWait();
				}
				this.pool.acquire(OWNER).close();
				assertThat(this.connector.validated).hasSize(1);
			}
			finally {
				unblocked.countDown();
				blocker.cancel();
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

		private void idleFor(Duration time) {
			this.pool.acquire(OWNER).close();
			long released = System.nanoTime();
			while (System.nanoTime() - released <= time.toNanos()) {
				Thread.onSpinWait();
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

		private void createPool(Duration validateAfterIdle, boolean reusable) {
			this.connector.reusable = reusable;
			this.pool = (DefaultConnectionPool<Connection>) ConnectionPool.create(
					PoolOptions.builder("watched").maxConnections(1).validateAfterIdle(validateAfterIdle).build(),
					this.connector);
		}

	}

}
