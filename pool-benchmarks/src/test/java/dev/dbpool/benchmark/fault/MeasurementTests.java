package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.dbpool.benchmark.fault.Call.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MeasurementTests {

	private static final Failure UNKNOWN = new Failure("timeout", true);

	private static final Failure REFUSED = new Failure("refused", false);

	private final List<Call> calls = new ArrayList<>();

	@Test
	void failedCallsAreCountedByKindAndReason() {
		call(Kind.READ, 1000, 1010, REFUSED);
		call(Kind.READ, 1000, 1010, null);
		call(Kind.ASIDE, 1000, 1010, UNKNOWN);
		Measurement measurement = measurement(Map.of());
		assertThat(measurement.failed(Kind.READ)).isEqualTo(1);
		assertThat(measurement.total(Kind.READ)).isEqualTo(2);
		assertThat(measurement.failed(Kind.ASIDE)).isEqualTo(1);
		assertThat(measurement.reasons()).containsExactly(Map.entry("refused", 1L), Map.entry("timeout", 1L));
	}

	@Test
	void writesAreComparedWithTheTable() {
		String kept = call(Kind.WRITE, 0, 1, null);
		call(Kind.WRITE, 0, 1, null);
		String twice = call(Kind.WRITE, 0, 1, null);
		call(Kind.WRITE, 0, 1, UNKNOWN);
		String denied = call(Kind.WRITE, 0, 1, REFUSED);
		Measurement measurement = measurement(Map.of(kept, 1, twice, 2, denied, 1));
		assertThat(measurement.missing()).isEqualTo(1);
		assertThat(measurement.duplicated()).isEqualTo(1);
		assertThat(measurement.unknown()).isEqualTo(1);
		assertThat(measurement.denied()).isEqualTo(1);
	}

	@Test
	void recoveryIsTheFirstSecondWithTheFormerGoodput() {
		for (int millis = 0; millis < 5000; millis += 100) {
			boolean isDown = millis >= 1000 && millis < 2500;
			call(Kind.READ, millis, millis, isDown ? REFUSED : null);
		}
		Measurement measurement = measurement(Map.of());
		assertThat(measurement.goodput()).isZero();
		assertThat(measurement.firstSuccess()).hasValue(Duration.ofMillis(500));
		assertThat(measurement.recovery()).hasValue(Duration.ofMillis(500));
		assertThat(measurement.goodputOverTime(Duration.ofSeconds(1))).containsExactly(10.0, 0.0, 5.0, 10.0, 10.0);
	}

	@Test
	void aSuccessAfterMoreThanFiveSecondsIsLate() {
		call(Kind.READ, 0, 5000, null);
		call(Kind.READ, 0, 5001, null);
		call(Kind.READ, 0, 9000, REFUSED);
		assertThat(measurement(Map.of()).late(Kind.READ)).isEqualTo(1);
	}

	@Test
	void briefStatusesAndThoseBeforeTheFaultAreLeftOut() {
		Measurement.Status before = status(100, "DOWN");
		Measurement.Status up = status(700, "UP");
		Measurement.Status down = status(1500, "DOWN");
		Measurement.Status last = status(2600, "UP");
		Measurement measurement = new Measurement(new Measurement.Times(0, millis(1000), millis(2000), millis(5000)),
				List.of(), Map.of(), 0, 0,
				List.of(before, up, down, status(2100, "DEGRADED"), status(2200, "DOWN"), last), List.of());
		assertThat(measurement.lastingHealth()).containsExactly(up, down, last);
	}

	private static Measurement.Status status(long millis, String status) {
		return new Measurement.Status(millis(millis), status);
	}

	@Test
	void nothingIsTheRecoveryOfWhatStaysDown() {
		call(Kind.READ, 0, 1, null);
		Measurement measurement = measurement(Map.of());
		assertThat(measurement.firstSuccess()).isEmpty();
		assertThat(measurement.recovery()).isEmpty();
	}

	@Test
	void percentileAndAmplificationAreThoseOfTheFault() {
		call(Kind.READ, 500, 900, null);
		call(Kind.READ, 1000, 1010, null);
		call(Kind.READ, 1000, 1900, REFUSED);
		call(Kind.READ, 1500, 1530, null);
		call(Kind.READ, 1500, 2700, null);
		Measurement measurement = measurement(Map.of());
		assertThat(measurement.percentile99()).hasValue(1200);
		assertThat(measurement.amplification()).isEqualTo(2.5);
	}

	private String call(Kind kind, long start, long end, @Nullable Failure failure) {
		int number = this.calls.size();
		this.calls.add(new Call(kind, number, millis(start), millis(end), failure));
		return Call.id(number);
	}

	/** The fault lasts from 1 s to 2 s of 5 s, and 10 requests reached the server. */
	private Measurement measurement(Map<String, Integer> orders) {
		return new Measurement(new Measurement.Times(0, millis(1000), millis(2000), millis(5000)), this.calls, orders,
				10, 0, List.of(), List.of());
	}

	private static long millis(long millis) {
		return TimeUnit.MILLISECONDS.toNanos(millis);
	}

}
