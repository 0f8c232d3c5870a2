package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.PoolActivity;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.client.Lane;

/**
 * Compares the recent past of a pool with the thresholds of its properties, beyond which
 * its health is degraded.
 */
final class HealthThresholds {

	private static final Duration WINDOW = Duration.ofMinutes(1);

	/** Fewer operations say little about the response time. */
	private static final int FEWEST_OPERATIONS = 10;

	private final DatabasePool pool;

	private final DatabasePoolProperties.Health thresholds;

	private final PoolActivity activity;

	HealthThresholds(DatabasePool pool, PoolActivity activity) {
		this.pool = pool;
		this.thresholds = pool.properties().health();
		this.activity = activity;
	}

	/**
	 * Returns the first threshold that is exceeded, in words.
	 */
	Optional<String> exceeded() {
		return leaks().or(this::utilization).or(this::responseTime);
	}

	private Optional<String> leaks() {
		long leaks = 0;
		for (Lane lane : Lane.values()) {
			leaks += this.activity.sampler().leaks(this.pool.name(), lane, PoolSampler.LONGEST);
		}
		return (leaks > this.thresholds.leakThreshold())
				? Optional.of("%s leaked within the last 5 minutes: look for the holder in the events or in the log"
					.formatted((leaks == 1) ? "1 lease" : leaks + " leases"))
				: Optional.empty();
	}

	private Optional<String> utilization() {
		for (Lane lane : Lane.values()) {
			double percent = 100 * this.activity.sampler().utilization(this.pool.name(), lane, WINDOW);
			if (percent > this.thresholds.utilizationThreshold()) {
				return Optional
					.of("%d%% of the connections of the %s lane were leased over the last minute, more than %d%%: raise %s"
						.formatted(Math.round(percent), lane.id(), this.thresholds.utilizationThreshold(),
								this.pool.property("max-connections")));
			}
		}
		return Optional.empty();
	}

	private Optional<String> responseTime() {
		Duration threshold = this.thresholds.responseTimeThreshold();
		OperationStatistics.Summary summary = this.activity.statistics().summary(this.pool.name(), WINDOW);
		boolean enough = summary.count() >= FEWEST_OPERATIONS;
		return (enough && !threshold.isZero() && summary.mean().compareTo(threshold) > 0)
				? Optional.of("%d operations of the last minute took %dms on average, more than %s (%dms)".formatted(
						summary.count(), summary.mean().toMillis(),
						this.pool.property("health.response-time-threshold"), threshold.toMillis()))
				: Optional.empty();
	}

}
