package dev.dbpool.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real threads that acquire in every way, give up, break, evict and revoke, all at once.
 * Each connection checks by itself that only one lease uses it.
 */
class PoolStressTests {

	private static final int THREADS = 16;

	private static final int ROUNDS = 3_000;

	private static final int MAX = 4;

	@Test
	void losesNothingAndSharesNothingUnderLoad() throws Exception {
		GuardedConnector connector = new GuardedConnector();
		PoolOptions options = PoolOptions.builder("stress")
			.minConnections(1)
			.maxConnections(MAX)
			.maxPending(1_000)
			.acquireTimeout(Duration.ofSeconds(20))
			.validateAfterIdle(Duration.ofNanos(200_000))
			.keepAliveInterval(Duration.ofMillis(40))
			.idleTimeout(Duration.ofMillis(60))
			.maxLifetime(Duration.ofMillis(200))
			.minOpenBackoff(Duration.ofNanos(1))
			.maxOpenBackoff(Duration.ofNanos(1))
			.build();
		ConnectionPool<GuardedConnection> pool = ConnectionPool.create(options, connector);
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		List<Future<?>> callers = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			callers.add(threads.submit(() -> {
				for (int round = 0; round < ROUNDS; round++) {
					actAtRandom(pool);
				}
			}));
		}
		for (Future<?> caller : callers) {
			caller.get(120, TimeUnit.SECONDS);
		}
		threads.shutdown();
		assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		pool.close(Duration.ofSeconds(5)).toCompletableFuture().get(30, TimeUnit.SECONDS);
		PoolSnapshot end = pool.snapshot();
		assertThat(connector.sharedUse).as("uses of a connection by two leases at once").hasValue(0);
		assertThat(connector.mostOpen.get()).as("connections open at once").isLessThanOrEqualTo(MAX);
		assertThat(connector.open).as("connections still open").hasValue(0);
		assertThat(end.total()).isZero();
		assertThat(end.pending()).isZero();
		assertThat(end.acquired()).isEqualTo(end.released()).isPositive();
		assertThat(end.created()).isEqualTo(end.destroyed()).isPositive();
		assertThat(end.timedOut()).as("callers that starved").isZero();
	}

	private static void actAtRandom(ConnectionPool<GuardedConnection> pool) {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		int action = random.nextInt(10);
		LeaseOwner owner = LeaseOwner.of("action " + action);
		switch (action) {
			case 0 -> {
				CompletableFuture<Lease<GuardedConnection>> future = pool.acquireAsync(owner, Duration.ofSeconds(20));
				if (!future.cancel(true)) {
					future.thenAccept(Lease::close);
				}
			}
			case 1, 2, 3 -> pool.acquireAsync(owner, Duration.ofSeconds(20)).thenAccept(PoolStressTests::use);
			case 4 -> {
				try (Lease<GuardedConnection> lease = pool.acquire(owner)) {
					lease.invalidate();
				}
			}
			case 5 -> pool.connections().stream().findFirst().ifPresent((connection) -> pool.evict(connection.id()));
			case 6 -> {
				Lease<GuardedConnection> lease = pool.acquire(owner);
				lease.connection().lose();
				lease.close();
			}
			default -> use(pool.acquire(owner));
		}
	}

	private static void use(Lease<GuardedConnection> lease) {
		try (lease) {
			GuardedConnection connection = lease.connection();
			connection.enter();
			Thread.yield();
			connection.leave();
		}
	}

	private static final class GuardedConnector implements Connector<GuardedConnection> {

		final AtomicInteger open = new AtomicInteger();

		final AtomicInteger mostOpen = new AtomicInteger();

		final AtomicInteger sharedUse = new AtomicInteger();

		@Override
		public CompletionStage<GuardedConnection> open(ConnectionEvents events) {
			return CompletableFuture.supplyAsync(() -> {
				if (ThreadLocalRandom.current().nextInt(20) == 0) {
					throw new IllegalStateException("refused");
				}
				this.mostOpen.accumulateAndGet(this.open.incrementAndGet(), Math::max);
				return new GuardedConnection(events, this.sharedUse);
			});
		}

		@Override
		public CompletionStage<Void> validate(GuardedConnection connection) {
			return (ThreadLocalRandom.current().nextInt(20) == 0)
					? CompletableFuture.failedStage(new IllegalStateException())
					: CompletableFuture.completedStage(null);
		}

		@Override
		public CompletionStage<Void> close(GuardedConnection connection) {
			return CompletableFuture.runAsync(this.open::decrementAndGet);
		}

	}

	private record GuardedConnection(ConnectionEvents events, AtomicInteger sharedUse, AtomicBoolean used) {

		GuardedConnection(ConnectionEvents events, AtomicInteger sharedUse) {
			this(events, sharedUse, new AtomicBoolean());
		}

		void enter() {
			if (!this.used.compareAndSet(false, true)) {
				this.sharedUse.incrementAndGet();
			}
		}

		void leave() {
			this.used.set(false);
		}

		void lose() {
			this.events.disconnected();
		}

	}

}
