package dev.dbpool.autoconfigure.metrics;

import java.util.function.ToDoubleFunction;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.fleet.FleetStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the pools that share a maximum of connections with other instances.
 */
final class FleetMeters implements MeterBinder {

	private final DatabasePools pools;

	private final FleetShares fleets;

	FleetMeters(DatabasePools pools, FleetShares fleets) {
		this.pools = pools;
		this.fleets = fleets;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics() && this.fleets.of(pool.name()).isPresent()) {
				bind(registry, pool.name());
			}
		}
	}

	private void bind(MeterRegistry registry, String pool) {
		gauge(registry, pool, "max", "Maximum of connections of all instances", FleetStatus::budget);
		gauge(registry, pool, "share", "Connections that the pool may open at present", FleetStatus::share);
		gauge(registry, pool, "target", "Connections that the pool may open when others have given back",
				FleetStatus::target);
		gauge(registry, pool, "held", "Connections that the pool may open or has still open", FleetStatus::held);
		gauge(registry, pool, "members", "Instances that share the maximum", FleetStatus::members);
		gauge(registry, pool, "connected", "Whether the last renewal of the share was answered",
				(fleet) -> (fleet.state() == FleetStatus.State.MEMBER) ? 1 : 0);
		FunctionCounter
			.builder("dbpool.fleet.failures", this.fleets, (fleets) -> value(fleets, pool, FleetStatus::failures))
			.description("Renewals of the share that failed")
			.tag("pool", pool)
			.register(registry);
	}

	private void gauge(MeterRegistry registry, String pool, String name, String description,
			ToDoubleFunction<FleetStatus> value) {
		Gauge.builder("dbpool.fleet." + name, this.fleets, (fleets) -> value(fleets, pool, value))
			.description(description)
			.tag("pool", pool)
			.register(registry);
	}

	private static double value(FleetShares fleets, String pool, ToDoubleFunction<FleetStatus> value) {
		return fleets.of(pool).map(value::applyAsDouble).orElse(0.0);
	}

}
