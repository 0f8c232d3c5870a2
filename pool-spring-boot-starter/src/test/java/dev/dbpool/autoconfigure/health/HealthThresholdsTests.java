package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.OperationStatistics.Summary;
import dev.dbpool.autoconfigure.activity.PoolActivity;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentMatchers;
import org.mockito.Mockito;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What degrades the health of a pool beside its errors.
 */
class HealthThresholdsTests {

	private final OperationStatistics statistics = Mockito.mock(OperationStatistics.class);

	private final PoolSampler sampler = Mockito.mock(PoolSampler.class);

	private final HealthThresholds thresholds = thresholds(Map.of());

	@Test
	void responseTimeCountsFromTenOperationsOn() {
		operations(9, Duration.ofSeconds(30));
		assertThat(this.thresholds.exceeded()).isEmpty();
		operations(10, Duration.ofSeconds(30));
		assertThat(this.thresholds.exceeded())
			.hasValue("10 operations of the last minute took 30000ms on average, more than "
					+ "db.pool.health.response-time-threshold (1000ms)");
	}

	@Test
	void responseTimeMayBeEqualToTheThreshold() {
		operations(1_000, Duration.ofSeconds(1));
		assertThat(this.thresholds.exceeded()).isEmpty();
		operations(1_000, Duration.ofMillis(1_001));
		assertThat(this.thresholds.exceeded()).isPresent();
	}

	@Test
	void zeroSwitchesTheResponseTimeOff() {
		operations(1_000, Duration.ofSeconds(30));
		assertThat(thresholds(Map.of("db.pool.health.response-time-threshold", "0s")).exceeded()).isEmpty();
	}

	@Test
	void utilizationOfEachLaneCounts() {
		operations(0, Duration.ZERO);
		for (Lane lane : Lane.values()) {
			leased(lane, 0.8);
			assertThat(this.thresholds.exceeded()).isEmpty();
			leased(lane, 0.81);
			assertThat(this.thresholds.exceeded()).hasValueSatisfying(
					(reason) -> assertThat(reason).startsWith("81% of the connections of the " + lane.id() + " lane"));
			leased(lane, 0);
		}
	}

	@Test
	void aLeakCounts() {
		operations(0, Duration.ZERO);
		Mockito.when(this.sampler.leaks("default", Lane.WRITE, PoolSampler.LONGEST)).thenReturn(1L);
		assertThat(this.thresholds.exceeded())
			.hasValueSatisfying((reason) -> assertThat(reason).startsWith("1 lease leaked"));
	}

	private void operations(long count, Duration mean) {
		Mockito.when(this.statistics.summary("default", Duration.ofMinutes(1)))
			.thenReturn(new Summary(count, 0, 0, 0, 0, mean, mean, mean, mean, mean));
	}

	private void leased(Lane lane, double share) {
		Mockito
			.when(this.sampler.utilization(ArgumentMatchers.eq("default"), ArgumentMatchers.eq(lane),
					ArgumentMatchers.any()))
			.thenReturn(share);
	}

	private HealthThresholds thresholds(Map<String, String> values) {
		DatabasePoolProperties properties = new Binder(new MapConfigurationPropertySource(values))
			.bindOrCreate("db.pool", DatabasePoolProperties.class);
		return new HealthThresholds(
				new DatabasePool("default", Mockito.mock(PooledClient.class), properties, "db.pool"),
				new PoolActivity(this.statistics, this.sampler));
	}

}
