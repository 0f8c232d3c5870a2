package dev.dbpool.autoconfigure.metrics;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolSnapshot;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters that show what the snapshot of each lane's pool says when they are read.
 */
final class PoolStateMeters implements MeterBinder {

	static final String ACQUIRE = "dbpool.acquire";

	static final String ACQUIRE_DESCRIPTION = "Time from the request for a connection to the lease";

	static final String USAGE = "dbpool.usage";

	static final String USAGE_DESCRIPTION = "Time for which a lease is held";

	private final DatabasePools pools;

	PoolStateMeters(DatabasePools pools) {
		this.pools = pools;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics()) {
				for (Lane lane : Lane.values()) {
					Tags tags = Tags.of("pool", pool.name(), "lane", lane.id());
					LaneBinder binder = new LaneBinder(registry, pool.client().pool(lane), tags);
					binder.bind();
					Gauge
						.builder("dbpool.background.pending", pool.client(), (client) -> client.backgroundPending(lane))
						.description("Background operations that wait until they may ask for a connection")
						.tags(tags)
						.register(registry);
					if (!pool.properties().enableLeaseTimers()) {
						binder.bindSums();
					}
				}
			}
		}
	}

	private record LaneBinder(MeterRegistry registry, ConnectionPool<?> pool, Tags tags) {

		void bind() {
			String connections = "Connections of the pool by what they are doing";
			gauge("dbpool.connections", this.tags.and("state", "active"), connections, PoolSnapshot::active);
			gauge("dbpool.connections", this.tags.and("state", "idle"), connections, PoolSnapshot::idle);
			gauge("dbpool.connections", this.tags.and("state", "opening"), connections, PoolSnapshot::opening);
			gauge("dbpool.connections", this.tags.and("state", "closing"), connections, PoolSnapshot::closing);
			gauge("dbpool.connections.max", this.tags, "Bound on the connections of the pool", PoolSnapshot::max);
			gauge("dbpool.connections.min", this.tags, "Connections that the pool keeps open", PoolSnapshot::min);
			gauge("dbpool.pending", this.tags, "Callers that wait for a connection", PoolSnapshot::pending);
			TimeGauge
				.builder("dbpool.pending.maxwait", this.pool, TimeUnit.NANOSECONDS, (pool) -> maxWait(pool.snapshot()))
				.tags(this.tags)
				.description("Time that the caller which waits longest has waited")
				.register(this.registry);
			counter("dbpool.connections.opened", "Connections opened", PoolSnapshot::created);
			counter("dbpool.connections.open.failures", "Attempts to open a connection that failed",
					PoolSnapshot::openFailures);
			counter("dbpool.leases.acquired", "Leases handed out", PoolSnapshot::acquired);
			counter("dbpool.leases.leaked", "Leases held for longer than the leak detection timeout",
					PoolSnapshot::leaked);
			counter("dbpool.acquire.timeouts", "Acquire requests that timed out", PoolSnapshot::timedOut);
			counter("dbpool.acquire.shed", "Acquire requests whose wait was shortened in a persistent overload",
					PoolSnapshot::shed);
			counter("dbpool.acquire.rejections", "Callers refused because too many waited already",
					PoolSnapshot::rejected);
		}

		private static double maxWait(PoolSnapshot lane) {
			return lane.oldestWaiter().orElse(Duration.ZERO).toNanos();
		}

		void bindSums() {
			timer(ACQUIRE, ACQUIRE_DESCRIPTION, PoolSnapshot::acquired, PoolSnapshot::waited);
			timer(USAGE, USAGE_DESCRIPTION, PoolSnapshot::released, PoolSnapshot::held);
		}

		private void timer(String name, String description, ToLongFunction<PoolSnapshot> count,
				Function<PoolSnapshot, Duration> sum) {
			FunctionTimer
				.builder(name, this.pool, (pool) -> count.applyAsLong(pool.snapshot()),
						(pool) -> sum.apply(pool.snapshot()).toNanos(), TimeUnit.NANOSECONDS)
				.tags(this.tags)
				.description(description)
				.register(this.registry);
		}

		private void gauge(String name, Tags tags, String description, ToDoubleFunction<PoolSnapshot> value) {
			Gauge.builder(name, this.pool, (pool) -> value.applyAsDouble(pool.snapshot()))
				.tags(tags)
				.description(description)
				.register(this.registry);
		}

		private void counter(String name, String description, ToDoubleFunction<PoolSnapshot> value) {
			FunctionCounter.builder(name, this.pool, (pool) -> value.applyAsDouble(pool.snapshot()))
				.tags(this.tags)
				.description(description)
				.register(this.registry);
		}

	}

}
