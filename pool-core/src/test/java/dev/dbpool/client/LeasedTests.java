package dev.dbpool.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;

import dev.dbpool.pool.ConnectionEvents;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LeasedTests {

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final ConnectionPool<String> pool = ConnectionPool
		.create(PoolOptions.builder("test").maxConnections(1).build(), new StringConnector());

	@AfterEach
	void nothingIsLost() {
		Awaitility.await().untilAsserted(() -> assertThat(this.pool.snapshot().active()).isZero());
		assertThat(this.pool.close(Duration.ZERO).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5));
	}

	@Test
	void workThatMakesNothingIsAnError() {
		StepVerifier.create(Leased.<String, String>mono(this.pool, OWNER, (lease) -> null))
			.expectError(NullPointerException.class)
			.verify(Duration.ofSeconds(5));
		StepVerifier.create(Leased.<String, String>flux(this.pool, OWNER, (lease) -> null))
			.expectError(NullPointerException.class)
			.verify(Duration.ofSeconds(5));
	}

	@Test
	void workThatThrowsGivesItsLeaseBack() {
		StepVerifier.create(Leased.<String, String>mono(this.pool, OWNER, (lease) -> {
			throw new IllegalStateException("bug");
		})).expectErrorMessage("bug").verify(Duration.ofSeconds(5));
	}

	@Test
	void aLeaseThatIsCancelledWhileItIsHandedOverIsNotLost() {
		for (int i = 0; i < 5_000; i++) {
			Lease<String> held = this.pool.acquire(OWNER);
			Disposable waiter = Mono
				.usingWhen(Leased.acquire(this.pool, OWNER), (lease) -> Mono.never(),
						(lease) -> Mono.fromRunnable(lease::close))
				.subscribe();
			CompletableFuture<Void> closing = CompletableFuture.runAsync(held::close);
			spin(i % 200);
			waiter.dispose();
			closing.join();
		}
	}

	private static void spin(int rounds) {
		for (int i = 0; i < rounds * 20; i++) {
			Thread.onSpinWait();
		}
	}

	private static final class StringConnector implements Connector<String> {

		@Override
		public CompletionStage<String> open(ConnectionEvents events) {
			return CompletableFuture.completedStage("connection " + events.connectionId());
		}

		@Override
		public CompletionStage<Void> validate(String connection) {
			return CompletableFuture.completedStage(null);
		}

		@Override
		public CompletionStage<Void> close(String connection) {
			return CompletableFuture.completedStage(null);
		}

	}

}
