package dev.dbpool.autoconfigure.metrics;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.LanePoolListener;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

/**
 * Meters that are fed by what happens to the connections of each lane's pool, and, where
 * that is asked for, to each lease.
 */
final class LaneMeters implements LanePoolListener {

	private final MeterRegistry registry;

	private final DatabasePools pools;

	LaneMeters(MeterRegistry registry, DatabasePools pools) {
		this.registry = registry;
		this.pools = pools;
	}

	@Override
	public PoolListener forLane(Lane lane) {
		return forLane(DatabasePool.DEFAULT, lane);
	}

	@Override
	public PoolListener forLane(String pool, Lane lane) {
		DatabasePoolProperties properties = this.pools.properties(pool);
		if (!properties.enableMetrics()) {
			return PoolListener.NONE;
		}
		Tags tags = Tags.of("pool", pool, "lane", lane.id());
		PoolListener connections = new ConnectionMeters(this.registry, tags);
		return properties.enableLeaseTimers()
				? PoolListener.all(List.of(connections, new LeaseTimers(this.registry, tags))) : connections;
	}

	private static final class ConnectionMeters implements PoolListener {

		private final Timer open;

		private final Map<CloseReason, Counter> closed = new EnumMap<>(CloseReason.class);

		ConnectionMeters(MeterRegistry registry, Tags tags) {
			this.open = Timer.builder("dbpool.open")
				.description("Time to open a connection and warm it up")
				.tags(tags)
				.register(registry);
			for (CloseReason reason : CloseReason.values()) {
				this.closed.put(reason,
						Counter.builder("dbpool.connections.closed")
							.description("Connections closed by reason")
							.tags(tags)
							.tag("reason", reason.name().toLowerCase(Locale.ROOT))
							.register(registry));
			}
		}

		@Override
		public boolean listensToLeases() {
			return false;
		}

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			this.open.record(took);
		}

		@Override
		public void onConnectionClosed(long connectionId, CloseReason reason) {
			Objects.requireNonNull(this.closed.get(reason)).increment();
		}

	}

	/**
	 * Records each lease. {@link PoolStateMeters} publishes the sums that the pool counts
	 * itself, for which a lease needs no listener.
	 */
	private static final class LeaseTimers implements PoolListener {

		private final Timer acquire;

		private final Timer usage;

		LeaseTimers(MeterRegistry registry, Tags tags) {
			this.acquire = Timer.builder(PoolStateMeters.ACQUIRE)
				.description(PoolStateMeters.ACQUIRE_DESCRIPTION)
				.tags(tags)
				.register(registry);
			this.usage = Timer.builder(PoolStateMeters.USAGE)
				.description(PoolStateMeters.USAGE_DESCRIPTION)
				.tags(tags)
				.register(registry);
		}

		@Override
		public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
			this.acquire.record(waited);
		}

		@Override
		public void onLeaseReleased(LeaseOwner owner, Duration held) {
			this.usage.record(held);
		}

	}

}
