package dev.dbpool.client;

import java.time.Duration;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import dev.dbpool.client.GradientLimit.Sample;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link GradientLimit} beside the limits of Netflix' {@code concurrency-limits}, in the
 * two cases in which those are known to fail, for an hour of virtual time.
 */
class NetflixLimitTests {

	private static final int CAPACITY = 10;

	private static final int MAX = 200;

	private static final Duration HOUR = Duration.ofHours(1);

	/** {@code Netflix/concurrency-limits}, pull request 134. */
	@Test
	void limitDoesNotGrowWithoutEndInAMildOverload() {
		SimulatedServer gradient2 = overloaded(
				netflix(Gradient2Limit.newBuilder().initialLimit(CAPACITY).minLimit(3).maxConcurrency(MAX).build()),
				1.1);
		SimulatedServer own = overloaded(own(), 1.1);
		assertThat(gradient2.limit()).isGreaterThan(5 * CAPACITY);
		assertThat(own.largestLimit()).isLessThan(3 * CAPACITY);
	}

	/** {@code Netflix/concurrency-limits}, issue 165. */
	@Test
	void latencyWithoutLoadDoesNotDriftInAnOverload() {
		SimulatedServer vegas = overloaded(
				netflix(VegasLimit.newBuilder().initialLimit(CAPACITY).maxConcurrency(MAX).build()), 2);
		SimulatedServer own = overloaded(own(), 2);
		assertThat(vegas.limit()).isGreaterThan(3 * CAPACITY);
		assertThat(own.largestLimit()).isLessThan(3 * CAPACITY);
	}

	private static SimulatedServer overloaded(SimulatedServer.Limiter limiter, double overload) {
		return new SimulatedServer(limiter, CAPACITY).serviceTime(0.4)
			.longestQueue(500)
			.load(5)
			.run(Duration.ofSeconds(20))
			.load(25 * overload)
			.run(Duration.ofMinutes(1))
			.run(HOUR);
	}

	private static SimulatedServer.Limiter own() {
		return SimulatedServer.limiter(new GradientLimit(3, MAX));
	}

	private static SimulatedServer.Limiter netflix(Limit delegate) {
		Limit limit = WindowedLimit.newBuilder().build(delegate);
		return new SimulatedServer.Limiter() {

			@Override
			public int limit() {
				return limit.getLimit();
			}

			@Override
			public void answered(Sample sample) {
				limit.onSample(sample.startedAt(), sample.nanos(), sample.inFlightBefore() + 1, false);
			}

		};
	}

}
