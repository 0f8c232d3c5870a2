package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.StringConnector;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SelfDeadlockTests {

	private final List<String> warnings = new ArrayList<>();

	@Test
	void warnsOfAThreadThatWaitsForItself() {
		try (ConnectionPool<String> pool = pool(1); Lease<String> outer = pool.acquire(LeaseOwner.of("outer"))) {
			assertThatExceptionOfType(AcquireTimeoutException.class)
				.isThrownBy(() -> pool.acquire(LeaseOwner.of("inner"), Duration.ofMillis(1)));
			assertThat(this.warnings).containsExactly("inner waits, outer is held");
			assertThat(outer.isActive()).isTrue();
		}
	}

	@Test
	void doesNotWarnWhileAConnectionCanBeOpened() {
		try (ConnectionPool<String> pool = pool(2);
				Lease<String> outer = pool.acquire(LeaseOwner.of("outer"));
				Lease<String> inner = pool.acquire(LeaseOwner.of("inner"))) {
			assertThat(inner.connectionId()).isNotEqualTo(outer.connectionId());
			assertThat(this.warnings).isEmpty();
		}
	}

	@Test
	void doesNotWarnOfAThreadThatHoldsNothing() {
		try (ConnectionPool<String> pool = pool(1)) {
			Lease<String> elsewhere = CompletableFuture.supplyAsync(() -> pool.acquire(LeaseOwner.of("elsewhere")))
				.join();
			assertThatExceptionOfType(AcquireTimeoutException.class)
				.isThrownBy(() -> pool.acquire(LeaseOwner.of("here"), Duration.ofMillis(1)));
			assertThat(this.warnings).isEmpty();
			elsewhere.close();
		}
	}

	private ConnectionPool<String> pool(int connections) {
		return ConnectionPool
			.create(PoolOptions.builder("test").maxConnections(connections).listener(new PoolListener() {

				@Override
				public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
					SelfDeadlockTests.this.warnings.add(waiting + " waits, " + held.owner() + " is held");
				}

			}).build(), new StringConnector());
	}

}
