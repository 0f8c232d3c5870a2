package dev.dbpool.benchmark.load;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("slow")
class LoadTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	@Test
	void callsArriveWhetherEarlierOnesHaveEndedOrNot() {
		Sinks.Empty<Void> lastArrived = Sinks.empty();
		Measurement measurement = run((number) -> {
			if (number == 20) {
				lastArrived.tryEmitEmpty();
			}
			return lastArrived.asMono();
		});
		assertThat(measurement.failures()).isEmpty();
		assertThat(measurement.latencies().getTotalCount()).isEqualTo(20);
	}

	@Test
	void callsThatWereDueDuringAStallAreLate() {
		Histogram latencies = run((number) -> {
			if (number == 1) {
				stall(Duration.ofMillis(500));
			}
			return Mono.empty();
		}).latencies();
		assertThat(latencies.getTotalCount()).isEqualTo(20);
		assertThat(latencies.getCountBetweenValues(95_000, latencies.getMaxValue())).isGreaterThanOrEqualTo(9);
	}

	@Test
	void callsThatWereDueBeforeTheEndAreSentAfterIt() {
		Measurement measurement = run((number) -> Mono.empty().doFinally((signal) -> {
			if (number == 18) {
				stall(Duration.ofMillis(500));
			}
		}));
		assertThat(measurement.sent()).isEqualTo(20);
		assertThat(measurement.latencies().getTotalCount()).isEqualTo(20);
	}

	@Test
	void failuresAreCountedByTheirReason() {
		Measurement measurement = run(
				(number) -> (number % 4 == 0) ? Mono.error(new IllegalStateException("out of order")) : Mono.empty());
		assertThat(measurement.failures()).containsOnlyKeys("IllegalStateException")
			.containsEntry("IllegalStateException", 5L);
		assertThat(measurement.errorRate()).isEqualTo(0.25);
		assertThat(measurement.latencies().getTotalCount()).isEqualTo(15);
	}

	/**
	 * Runs 20 calls, one each 50 ms.
	 */
	private static Measurement run(IntFunction<Mono<?>> call) {
		AtomicInteger numbers = new AtomicInteger();
		return new Load(new LoadClient() {

			@Override
			public Mono<?> call() {
				return call.apply(numbers.incrementAndGet());
			}

			@Override
			public Connections connections() {
				return new Connections(0, 0, -1, -1);
			}

			@Override
			public void close() {
			}

		}, 20, null).run(SECOND, (sample) -> {
		});
	}

	private static void stall(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

}
