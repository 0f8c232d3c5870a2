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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

	/**
	 * Such a thread is not woken before only to look.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void warnsOfAThreadThatReliesOnAlarmsAtTheEndOfItsWait(boolean served) {
		VirtualScheduler time = new VirtualScheduler();
		RecordingParking parking = new RecordingParking(time, Duration.ofDays(1));
		parking.cheap = true;
		DefaultConnectionPool<String> pool = new DefaultConnectionPool<>(options(1), time, new StringConnector(),
				parking, ConnectionPool.UNRESTRICTED);
		pool.start();
		Lease<String> outer = pool.acquire(LeaseOwner.of("outer"));
		parking.forgetWakeUp();
		if (served) {
			time.schedule(Duration.ofSeconds(5), () -> pool.resize(0, 2));
			assertThat(pool.acquire(LeaseOwner.of("inner"), Duration.ofSeconds(30)).isActive()).isTrue();
		}
		else {
			assertThatExceptionOfType(AcquireTimeoutException.class)
				.isThrownBy(() -> pool.acquire(LeaseOwner.of("inner"), Duration.ofSeconds(30)));
		}
		assertThat(this.warnings).containsExactly("inner waits, outer is held");
		assertThat(parking.parksWithoutTimer).isOne();
		assertThat(outer.isActive()).isTrue();
	}

	@Test
	void doesNotWarnOfAThreadThatGotTheOnlyLeaseAfterALongWait() {
		VirtualScheduler time = new VirtualScheduler();
		RecordingParking parking = new RecordingParking(time, Duration.ofDays(1));
		parking.cheap = true;
		DefaultConnectionPool<String> pool = new DefaultConnectionPool<>(options(1), time, new StringConnector(),
				parking, ConnectionPool.UNRESTRICTED);
		pool.start();
		Lease<String> elsewhere = CompletableFuture.supplyAsync(() -> pool.acquire(LeaseOwner.of("elsewhere"))).join();
		parking.forgetWakeUp();
		time.schedule(Duration.ofSeconds(5), elsewhere::close);
		assertThat(pool.acquire(LeaseOwner.of("here"), Duration.ofSeconds(30)).isActive()).isTrue();
		assertThat(this.warnings).isEmpty();
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
		return ConnectionPool.create(options(connections), new StringConnector());
	}

	private PoolOptions options(int connections) {
		return PoolOptions.builder("test").maxConnections(connections).listener(new PoolListener() {

			@Override
			public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
				SelfDeadlockTests.this.warnings.add(waiting + " waits, " + held.owner() + " is held");
			}

		}).build();
	}

}
