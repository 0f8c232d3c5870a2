package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import dev.dbpool.pool.engine.StubConnector.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Callers without a deadline in a persistent overload, on virtual time: ten connections,
 * and more callers than these can serve for a minute and a half. The last minute counts.
 */
class PersistentOverloadTests extends PoolTestSupport {

	private static final int CONNECTIONS = 10;

	private static final Duration LEAD_IN = Duration.ofSeconds(30);

	private static final Duration MEASURED = Duration.ofSeconds(60);

	private final Random random = new Random(42);

	private final List<Duration> answered = new ArrayList<>();

	private boolean over;

	@ParameterizedTest
	@CsvSource({ "37, 1.2", "37, 4" })
	void adaptiveLifoAnswersAllCallersLate(int capacity, double factor) {
		run(QueueDiscipline.ADAPTIVE_LIFO, capacity, factor);
		assertThat(percentile(0.5)).isGreaterThan(Duration.ofSeconds(3));
		assertThat(perSecond()).isGreaterThan(0.99 * capacity);
	}

	@ParameterizedTest
	@CsvSource({ "37, 1.2", "37, 4" })
	void codelAnswersAsManyCallersFast(int capacity, double factor) {
		run(QueueDiscipline.CODEL, capacity, factor);
		assertThat(percentile(0.5)).isLessThan(Duration.ofMillis(500));
		assertThat(perSecond()).isGreaterThan(0.97 * capacity);
		this.answered.removeIf((latency) -> latency.compareTo(SECOND) > 0);
		assertThat(perSecond()).isGreaterThan(0.9 * capacity);
	}

	@AfterEach
	void stop() {
		this.over = true;
	}

	private void run(QueueDiscipline discipline, int capacity, double factor) {
		ConnectionPool<Connection> pool = pool(
				(options) -> options.maxConnections(CONNECTIONS).queueDiscipline(discipline));
		this.connector.completeOpens();
		arrive(pool, Duration.ofNanos(1_000_000_000L * CONNECTIONS / capacity), capacity * factor);
		this.time.advance(LEAD_IN);
		this.answered.clear();
		this.time.advance(MEASURED);
		Collections.sort(this.answered);
		this.over = true;
	}

	private void arrive(ConnectionPool<Connection> pool, Duration service, double perSecond) {
		if (this.over) {
			return;
		}
		Duration gap = Duration.ofNanos((long) (-Math.log(1 - this.random.nextDouble()) / perSecond * 1e9));
		this.time.schedule(gap, () -> arrive(pool, service, perSecond));
		pool.acquire(OWNER, pool.options().acquireTimeout(), new Caller(service));
	}

	private Duration percentile(double share) {
		return this.answered.get((int) (share * this.answered.size()));
	}

	private double perSecond() {
		return this.answered.size() / (double) MEASURED.toSeconds();
	}

	private final class Caller implements LeaseCallback<Connection> {

		private final long arrivedAt = PersistentOverloadTests.this.time.nanoTime();

		private final Duration service;

		Caller(Duration service) {
			this.service = service;
		}

		@Override
		public void onLease(Lease<Connection> lease) {
			PersistentOverloadTests.this.time.schedule(this.service, () -> {
				PersistentOverloadTests.this.answered
					.add(Duration.ofNanos(PersistentOverloadTests.this.time.nanoTime() - this.arrivedAt));
				lease.close();
			});
		}

		@Override
		public void onFailure(PoolException cause) {
		}

	}

}
