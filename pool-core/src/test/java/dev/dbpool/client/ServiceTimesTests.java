package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long a caller has to expect an operation to take.
 */
class ServiceTimesTests {

	private final AtomicLong clock = new AtomicLong();

	private final Deadlines.ServiceTimes times = new Deadlines.ServiceTimes(this.clock::get);

	@Test
	void nothingIsExpectedOfWhatWasNeverMeasured() {
		record(100);
		assertThat(this.times.expectedNanos("GET /other")).isZero();
	}

	@Test
	void theMeanLiesBelowWhatIsExpectedOfTimesThatVary() {
		for (int i = 0; i < 20; i++) {
			record((i % 2 == 0) ? 50 : 150);
		}
		assertThat(this.times.meanNanos("GET /cars")).isPositive().isLessThan(this.times.expectedNanos("GET /cars"));
		this.clock.addAndGet(Duration.ofSeconds(2).toNanos());
		assertThat(this.times.meanNanos("GET /cars")).isZero();
	}

	@Test
	void equalTimesAreExpectedToStay() {
		for (int i = 0; i < 10; i++) {
			record(100);
		}
		assertThat(expectedMillis()).isEqualTo(100);
	}

	@Test
	void timesThatVaryAreExpectedToReachTheLongerOnes() {
		for (int i = 0; i < 20; i++) {
			record((i % 2 == 0) ? 90 : 110);
		}
		assertThat(expectedMillis()).isBetween(105L, 125L);
	}

	@Test
	void aServerThatBecomesSlowIsNoticed() {
		record(10);
		for (int i = 0; i < 4; i++) {
			record(500);
		}
		assertThat(expectedMillis()).isGreaterThanOrEqualTo(500);
	}

	@Test
	void aServerThatBecomesFastIsNoticed() {
		record(1000);
		for (int i = 0; i < 12; i++) {
			record(10);
		}
		assertThat(expectedMillis()).isLessThan(50);
	}

	@Test
	void whatIsNotRecentIsForgotten() {
		record(1000);
		this.clock.addAndGet(Duration.ofMillis(999).toNanos());
		assertThat(expectedMillis()).isEqualTo(1000);
		this.clock.addAndGet(Duration.ofMillis(1).toNanos());
		assertThat(expectedMillis()).isZero();
		record(10);
		assertThat(expectedMillis()).isEqualTo(10);
	}

	@Test
	void namesThatContainIdsDoNotFillTheMemory() {
		for (int i = 0; i < 2000; i++) {
			this.times.record("GET /cars/" + i, 1);
		}
		assertThat(this.times.expectedNanos("GET /cars/0")).isPositive();
		assertThat(this.times.expectedNanos("GET /cars/1999")).isZero();
	}

	private void record(long millis) {
		this.times.record("GET /cars", Duration.ofMillis(millis).toNanos());
	}

	private long expectedMillis() {
		return Duration.ofNanos(this.times.expectedNanos("GET /cars")).toMillis();
	}

}
