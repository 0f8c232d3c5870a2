package dev.dbpool.autoconfigure;

import java.util.EnumMap;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePoolProperties.LaneSize;
import dev.dbpool.client.Lane;
import org.jspecify.annotations.Nullable;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * How the connections are split between the lanes: half each, the odd one to the read
 * lane, unless a lane says its own; then the other one gets what is left.
 */
final class LaneSizes {

	private static final int DEFAULT_MIN = 5;

	private static final String MIN = "min-connections";

	private static final String MAX = "max-connections";

	private final Map<Lane, Size> sizes = new EnumMap<>(Lane.class);

	private final PoolConfiguration pool;

	private LaneSizes(PoolConfiguration pool) {
		this.pool = pool;
	}

	static LaneSizes of(PoolConfiguration pool) {
		LaneSizes sizes = new LaneSizes(pool);
		sizes.split(pool.properties());
		return sizes;
	}

	private void split(DatabasePoolProperties properties) {
		Integer minTotal = properties.minConnections();
		int maxTotal = properties.maxConnections();
		checkTotals(minTotal, maxTotal);
		int min = (minTotal != null) ? minTotal : Math.min(DEFAULT_MIN, maxTotal);
		for (Lane lane : Lane.values()) {
			LaneSize own = (lane == Lane.READ) ? properties.read().size() : properties.write();
			LaneSize other = (lane == Lane.READ) ? properties.write() : properties.read().size();
			int laneMax = max(lane, own.maxConnections(), other.maxConnections(), maxTotal);
			int laneMin = min(lane, own.minConnections(), other.minConnections(), min, laneMax);
			this.sizes.put(lane, new Size(laneMin, laneMax));
		}
	}

	private void checkTotals(@Nullable Integer min, int max) {
		check(max >= 2, "Set it to 2 or more, since each lane needs a connection of its own.", "%s is %d.",
				this.pool.property(MAX), max);
		if (min != null) {
			check(min >= 0, "Set it to 0 or more.", "%s is %d.", this.pool.property(MIN), min);
			check(min <= max, "Lower the one or raise the other.", "%s (%d) is greater than %s (%d).",
					this.pool.property(MIN), min, this.pool.property(MAX), max);
		}
	}

	private int max(Lane lane, @Nullable Integer own, @Nullable Integer other, int total) {
		if (own != null) {
			check(own >= 1, "Set it to 1 or more.", "%s is %d.", property(lane, MAX), own);
			return own;
		}
		if (other == null) {
			return half(lane, total);
		}
		check(other < total,
				"Raise " + this.pool.property(MAX) + ", which is the sum of both, or set " + property(lane, MAX)
						+ " as well.",
				"%s (%d) leaves nothing of %s (%d) for the %s lane.", property(other(lane), MAX), other,
				this.pool.property(MAX), total, lane.id());
		return total - other;
	}

	private int min(Lane lane, @Nullable Integer own, @Nullable Integer other, int total, int max) {
		if (own != null) {
			check(own >= 0, "Set it to 0 or more.", "%s is %d.", property(lane, MIN), own);
			check(own <= max, "Lower it, or set " + property(lane, MAX) + " higher.",
					"%s (%d) is greater than the maximum of the %s lane (%d).", property(lane, MIN), own, lane.id(),
					max);
			return own;
		}
		int share = (other != null) ? Math.max(0, total - other) : half(lane, total);
		return Math.min(share, max);
	}

	private String property(Lane lane, String name) {
		return this.pool.property(lane.id() + "." + name);
	}

	private static int half(Lane lane, int total) {
		return (lane == Lane.READ) ? (total + 1) / 2 : total / 2;
	}

	private static Lane other(Lane lane) {
		return (lane == Lane.READ) ? Lane.WRITE : Lane.READ;
	}

	Size of(Lane lane) {
		Size size = this.sizes.get(lane);
		if (size == null) {
			throw new IllegalArgumentException("no size of lane " + lane.id());
		}
		return size;
	}

	/**
	 * The size of one lane.
	 */
	record Size(int min, int max) {

	}

}
