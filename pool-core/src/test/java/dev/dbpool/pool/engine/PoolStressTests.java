package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import dev.dbpool.pool.AcquireInterruptedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.StringConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real threads, platform and virtual, that acquire in every way, give up, time out and
 * break connections, while operators interrupt, evict, revoke, resize, reset and suspend,
 * all together. Each connection checks by itself how many leases use it.
 * {@code -Ddbpool.stress.seconds} sets how long all of it takes.
 */
@Tag("proof")
class PoolStressTests {

	private static final int SECONDS = Integer.getInteger("dbpool.stress.seconds", 3);

	private static final int PLATFORM_THREADS = 16;

	private static final int VIRTUAL_THREADS = 200;

	private static final int MOST = 6;

	private static final int MANY = 500;

	@ParameterizedTest
	@EnumSource
	void losesNothingAndSharesNothingUnderLoad(ConnectionChoice choice) throws Exception {
		int leasesPerConnection = 1 + choice.ordinal();
		StressedConnector connector = new StressedConnector(leasesPerConnection);
		PoolOptions options = PoolOptions.builder("stress")
			.minConnections(1)
			.maxConnections(4)
			.leasesPerConnection(leasesPerConnection)
			.connectionChoice(choice)
			.maxPending(1_000_000)
			.validateAfterIdle(Duration.ofNanos(200_000))
			.keepAliveInterval(Duration.ofMillis(40))
			.idleTimeout(Duration.ofMillis(60))
			.maxLifetime(Duration.ofMillis(200))
			.leakDetectionTimeout(Duration.ofMillis(500))
			.minOpenBackoff(Duration.ofNanos(1))
			.maxOpenBackoff(Duration.ofNanos(1))
			.listener(new ThrowingListener())
			.build();
		ConnectionPool<StressedConnection> pool = ConnectionPool.create(options, connector);
		StressThreads threads = new StressThreads();
		threads.startPlatform(PLATFORM_THREADS, () -> actAtRandom(pool));
		threads.startVirtual(VIRTUAL_THREADS, () -> actAtRandom(pool));
		threads.startPlatform(1, () -> operateAtRandom(pool, threads));
		threads.stopAfter(Duration.ofMillis(500L * SECONDS), pool::resume);
		pool.close(Duration.ofSeconds(5)).toCompletableFuture().get(30, TimeUnit.SECONDS);
		PoolSnapshot end = pool.snapshot();
		assertThat(threads.failures()).isEmpty();
		assertThat(connector.overuse).as("uses of a connection by more leases than it has").hasValue(0);
		assertThat(connector.mostOpen.get()).as("connections open at the same time").isLessThanOrEqualTo(MOST);
		assertThat(connector.open).as("connections still open").hasValue(0);
		assertThat(end.total()).isZero();
		assertThat(end.pending()).isZero();
		assertThat(end.acquired()).isEqualTo(end.released()).isPositive();
		assertThat(end.created()).isEqualTo(end.destroyed()).isPositive();
		assertThat(pool.leases()).isEmpty();
	}

	@Test
	void shrinksWhileLeasesBeginAndEnd() throws Exception {
		PoolOptions options = PoolOptions.builder("shrinking").minConnections(MANY).maxConnections(MANY).build();
		ConnectionPool<String> pool = ConnectionPool.create(options, new StringConnector());
		StressThreads threads = new StressThreads();
		threads.startPlatform(2,
				() -> IntStream.range(0, MANY / 2)
					.mapToObj((i) -> pool.acquireAsync(LeaseOwner.of("lease " + i), Duration.ZERO))
					.toList()
					.forEach((future) -> future.thenAccept(Lease::close)));
		threads.startPlatform(1, () -> {
			pool.resize(0, MANY - 1);
			pool.resize(MANY, MANY);
		});
		threads.stopAfter(Duration.ofSeconds(1), pool::resume);
		pool.close(Duration.ZERO).toCompletableFuture().get(30, TimeUnit.SECONDS);
		assertThat(threads.failures()).isEmpty();
	}

	private static void actAtRandom(ConnectionPool<StressedConnection> pool) {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		int action = random.nextInt(12);
		LeaseOwner owner = LeaseOwner.of("action " + action);
		Duration timeout = (random.nextInt(4) == 0) ? Duration.ofNanos(random.nextInt(1_000_000))
				: Duration.ofSeconds(20);
		try {
			switch (action) {
				case 0 -> {
					CompletableFuture<Lease<StressedConnection>> future = pool.acquireAsync(owner, timeout);
					if (!future.cancel(true)) {
						future.thenAccept(Lease::close);
					}
				}
				case 1, 2, 3 -> pool.acquireAsync(owner, timeout).thenAccept(PoolStressTests::use);
				case 4 -> {
					try (Lease<StressedConnection> lease = pool.acquire(owner, timeout)) {
						lease.invalidate();
					}
				}
				case 5 -> {
					Lease<StressedConnection> lease = pool.acquire(owner, timeout);
					loseConnection(lease);
					lease.close();
					lease.close();
				}
				default -> use(pool.acquire(owner, timeout));
			}
		}
		catch (AcquireTimeoutException | AcquireInterruptedException ex) {
			Thread.interrupted();
		}
	}

	private static void operateAtRandom(ConnectionPool<StressedConnection> pool, StressThreads threads) {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		switch (random.nextInt(8)) {
			case 0 -> pool.connections().stream().findFirst().ifPresent((connection) -> pool.evict(connection.id()));
			case 1 -> pool.leases().stream().findFirst().ifPresent((lease) -> pool.revoke(lease.id()));
			case 2 -> {
				int max = 1 + random.nextInt(MOST);
				pool.resize(random.nextInt(max + 1), max);
			}
			case 3 -> pool.softReset();
			case 4 -> pool.suspend();
			case 5, 6 -> pool.resume();
			default -> threads.interruptOne();
		}
		Thread.yield();
	}

	private static void use(Lease<StressedConnection> lease) {
		try (lease) {
			StressedConnection connection = lease.connection();
			connection.enter();
			Thread.yield();
			connection.leave();
		}
		catch (LeaseRevokedException ex) {
			assertThat(lease.isActive()).isFalse();
		}
	}

	private static void loseConnection(Lease<StressedConnection> lease) {
		try {
			lease.connection().lose();
		}
		catch (LeaseRevokedException ex) {
			assertThat(lease.isActive()).isFalse();
		}
	}

	private static final class ThrowingListener implements PoolListener {

		@Override
		public void onLeaseReleased(LeaseOwner owner, Duration held) {
			throwSometimes();
		}

		@Override
		public void onConnectionClosed(long connectionId, CloseReason reason) {
			throwSometimes();
		}

		private static void throwSometimes() {
			if (ThreadLocalRandom.current().nextInt(1_000) == 0) {
				throw new IllegalStateException("a listener that fails");
			}
		}

	}

}
