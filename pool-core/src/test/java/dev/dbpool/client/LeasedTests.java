package dev.dbpool.client;

import java.time.Duration;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.StringConnector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

}
