package dev.dbpool.autoconfigure.metrics;

import java.time.Duration;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.LanePoolListener;
import dev.dbpool.client.Lane;
import dev.dbpool.client.ReadEndpoint;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolSnapshot;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * The metrics {@code db.client.connection.*} of OpenTelemetry's semantic conventions for
 * database clients, version 1.44. The pool of a lane is called {@code <pool>-<lane>},
 * that of a read replica {@code <pool>-read-1}, {@code <pool>-read-2} and so on. The
 * latter have no timers.
 */
final class OpenTelemetryConnectionMeters implements LanePoolListener, MeterBinder {

	private static final String POOL_NAME = "db.client.connection.pool.name";

	private static final Duration[] BOUNDARIES = Stream.of(1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000)
		.map(Duration::ofMillis)
		.toArray(Duration[]::new);

	private final MeterRegistry registry;

	private final DatabasePools pools;

	OpenTelemetryConnectionMeters(MeterRegistry registry, DatabasePools pools) {
		this.registry = registry;
		this.pools = pools;
	}

	private static Tags tags(String pool, Lane lane) {
		return tags(pool, lane.id());
	}

	private static Tags tags(String pool, String part) {
		return Tags.of(POOL_NAME, pool + "-" + part);
	}

	private static boolean isEnabled(DatabasePoolProperties properties) {
		return properties.enableMetrics() && properties.enableOpentelemetryMetrics();
	}

	@Override
	public PoolListener forLane(Lane lane) {
		return forLane(DatabasePool.DEFAULT, lane);
	}

	@Override
	public PoolListener forLane(String pool, Lane lane) {
		return isEnabled(this.pools.properties(pool)) ? new Timers(this.registry, tags(pool, lane)) : PoolListener.NONE;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (isEnabled(pool.properties())) {
				for (Lane lane : Lane.values()) {
					new State(registry, pool.client().pool(lane), tags(pool.name(), lane)).bind();
				}
				List<ReadEndpoint> replicas = pool.client().readEndpoints();
				for (int i = 0; i < replicas.size(); i++) {
					new State(registry, replicas.get(i).pool(), tags(pool.name(), "read-" + (i + 1))).bind();
				}
			}
		}
	}

	/**
	 * What the snapshot of a lane's pool says when the meters are read.
	 */
	private record State(MeterRegistry registry, ConnectionPool<?> pool, Tags tags) {

		void bind() {
			Tags idle = this.tags.and("db.client.connection.state", "idle");
			Tags used = this.tags.and("db.client.connection.state", "used");
			String count = "Number of connections in the state";
			gauge("count", idle, count, PoolSnapshot::idle);
			gauge("count", used, count, PoolSnapshot::active);
			gauge("idle.max", this.tags, "Maximum number of idle open connections", PoolSnapshot::max);
			gauge("idle.min", this.tags, "Minimum number of idle open connections", PoolSnapshot::min);
			gauge("max", this.tags, "Maximum number of open connections", PoolSnapshot::max);
			gauge("pending_requests", this.tags, "Number of pending requests for an open connection",
					PoolSnapshot::pending);
			FunctionCounter.builder("db.client.connection.timeouts", this.pool, (one) -> one.snapshot().timedOut())
				.description("Number of timeouts that occurred trying to obtain a connection")
				.tags(this.tags)
				.register(this.registry);
		}

		private void gauge(String name, Tags tags, String description, ToDoubleFunction<PoolSnapshot> value) {
			Gauge.builder("db.client.connection." + name, this.pool, (one) -> value.applyAsDouble(one.snapshot()))
				.description(description)
				.tags(tags)
				.register(this.registry);
		}

	}

	/**
	 * Records each connection and each lease.
	 */
	private static final class Timers implements PoolListener {

		private final Timer create;

		private final Timer wait;

		private final Timer use;

		Timers(MeterRegistry registry, Tags tags) {
			this.create = timer(registry, tags, "create_time", "Time it took to create a new connection");
			this.wait = timer(registry, tags, "wait_time", "Time it took to obtain an open connection from the pool");
			this.use = timer(registry, tags, "use_time",
					"Time between borrowing a connection and returning it to the pool");
		}

		private static Timer timer(MeterRegistry registry, Tags tags, String name, String description) {
			return Timer.builder("db.client.connection." + name)
				.description(description)
				.serviceLevelObjectives(BOUNDARIES)
				.tags(tags)
				.register(registry);
		}

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			this.create.record(took);
		}

		@Override
		public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
			this.wait.record(waited);
		}

		@Override
		public void onLeaseReleased(LeaseOwner owner, Duration held) {
			this.use.record(held);
		}

	}

}
