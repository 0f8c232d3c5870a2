package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SlidingHistogramTests {

	private static final OperationResult SUCCESS = new OperationResult(false, false, false, false);

	private static final OperationResult SLOW_FAILURE = new OperationResult(true, true, true, true);

	private final AtomicLong clock = new AtomicLong(Duration.ofDays(1).toNanos());

	private final SlidingHistogram histogram = new SlidingHistogram(Duration.ofMinutes(1), 6, this.clock::get);

	@Test
	void percentilesAreExactToTwoDigits() {
		for (int i = 1; i <= 100; i++) {
			this.histogram.record(Duration.ofMillis(i), SUCCESS);
		}
		OperationStatistics.Summary summary = this.histogram.summary(Duration.ofMinutes(1));
		assertThat(summary.count()).isEqualTo(100);
		assertThat(summary.p50()).isBetween(Duration.ofMillis(50), Duration.ofMillis(51));
		assertThat(summary.p95()).isBetween(Duration.ofMillis(95), Duration.ofMillis(96));
		assertThat(summary.max()).isBetween(Duration.ofMillis(100), Duration.ofMillis(101));
		assertThat(summary.mean()).isBetween(Duration.ofMillis(50), Duration.ofMillis(51));
	}

	@Test
	void whatIsOlderThanTheWindowIsLeftOut() {
		this.histogram.record(Duration.ofMillis(1), SLOW_FAILURE);
		advance(Duration.ofMinutes(2));
		this.histogram.record(Duration.ofMillis(1), SUCCESS);
		assertThat(this.histogram.summary(Duration.ofMinutes(1)).count()).isOne();
		OperationStatistics.Summary all = this.histogram.summary(Duration.ofMinutes(5));
		assertThat(all.count()).isEqualTo(2);
		assertThat(all.failures()).isOne();
		assertThat(all.slow()).isOne();
		assertThat(all.errorRate()).isEqualTo(0.5);
	}

	@Test
	void slotsAreUsedAgain() {
		for (int minute = 0; minute < 20; minute++) {
			this.histogram.record(Duration.ofMillis(1), SLOW_FAILURE);
			advance(Duration.ofMinutes(1));
		}
		assertThat(this.histogram.summary(Duration.ofHours(1)).count()).isEqualTo(5);
		advance(Duration.ofMinutes(6));
		assertThat(this.histogram.summary(Duration.ofHours(1))).isEqualTo(new OperationStatistics.Summary(0, 0, 0, 0, 0,
				Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO));
	}

	@Test
	void durationsBeyondAnHourCountAsAnHour() {
		this.histogram.record(Duration.ofDays(3), SUCCESS);
		assertThat(this.histogram.summary(Duration.ofMinutes(1)).max()).isBetween(Duration.ofMinutes(60),
				Duration.ofMinutes(61));
	}

	private void advance(Duration time) {
		this.clock.addAndGet(time.toNanos());
	}

}
