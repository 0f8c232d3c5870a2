package dev.dbpool.autoconfigure.metrics;

import java.util.function.ToDoubleFunction;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.PoolSnapshot;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the read replicas, whose pools are not those of the lanes.
 */
final class ReadEndpointMeters implements MeterBinder {

	private final DatabasePools pools;

	ReadEndpointMeters(DatabasePools pools) {
		this.pools = pools;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics()) {
				for (ReadEndpoint replica : pool.client().readEndpoints()) {
					bind(registry, replica, Tags.of("pool", pool.name(), "endpoint", replica.url().getAuthority()));
				}
			}
		}
	}

	private static void bind(MeterRegistry registry, ReadEndpoint replica, Tags tags) {
		Gauge.builder("dbpool.replicas.available", replica, (one) -> one.isAvailable() ? 1 : 0)
			.description("Whether reads are sent to the replica: 1 or 0")
			.tags(tags)
			.register(registry);
		String connections = "Connections to the replica by what they are doing";
		gauge(registry, replica, "connections", tags.and("state", "active"), connections, PoolSnapshot::active);
		gauge(registry, replica, "connections", tags.and("state", "idle"), connections, PoolSnapshot::idle);
		gauge(registry, replica, "pending", tags, "Callers that wait for a connection to the replica",
				PoolSnapshot::pending);
		FunctionCounter.builder("dbpool.replicas.leases", replica, (one) -> one.pool().snapshot().acquired())
			.description("Leases of connections to the replica")
			.tags(tags)
			.register(registry);
		FunctionCounter.builder("dbpool.replicas.leaked", replica, (one) -> one.pool().snapshot().leaked())
			.description("Leases of connections to the replica held for longer than the leak detection timeout")
			.tags(tags)
			.register(registry);
	}

	private static void gauge(MeterRegistry registry, ReadEndpoint replica, String name, Tags tags, String description,
			ToDoubleFunction<PoolSnapshot> value) {
		Gauge.builder("dbpool.replicas." + name, replica, (one) -> value.applyAsDouble(one.pool().snapshot()))
			.description(description)
			.tags(tags)
			.register(registry);
	}

}
