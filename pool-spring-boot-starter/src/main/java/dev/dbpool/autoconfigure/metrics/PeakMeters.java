package dev.dbpool.autoconfigure.metrics;

import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.client.Lane;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the highest values of each lane since the start.
 */
final class PeakMeters implements MeterBinder {

	private final DatabasePools pools;

	private final PoolSampler sampler;

	PeakMeters(DatabasePools pools, PoolSampler sampler) {
		this.pools = pools;
		this.sampler = sampler;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics()) {
				for (Lane lane : Lane.values()) {
					bind(registry, pool.name(), lane);
				}
			}
		}
	}

	private void bind(MeterRegistry registry, String pool, Lane lane) {
		Tags tags = Tags.of("pool", pool, "lane", lane.id());
		Gauge.builder("dbpool.peak.active", this.sampler, (known) -> known.peaks(pool, lane).active())
			.description("Highest number of leased connections since the start")
			.tags(tags)
			.register(registry);
		Gauge.builder("dbpool.peak.pending", this.sampler, (known) -> known.peaks(pool, lane).pending())
			.description("Highest number of waiting callers since the start")
			.tags(tags)
			.register(registry);
		TimeGauge
			.builder("dbpool.peak.maxwait", this.sampler, TimeUnit.NANOSECONDS,
					(known) -> known.peaks(pool, lane).maxWait().toNanos())
			.description("Longest time that a waiting caller has waited since the start")
			.tags(tags)
			.register(registry);
	}

}
