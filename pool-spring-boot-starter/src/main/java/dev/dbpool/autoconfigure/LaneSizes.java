package dev.dbpool.autoconfigure;

import java.util.EnumMap;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePoolProperties.LaneSize;
import dev.dbpool.client.Lane;
import org.jspecify.annotations.Nullable;

/**
 * How the connections are split between the lanes: half each, the odd one to the read
 * lane, unless a lane says its own; then the other one gets what is left.
 */
final class LaneSizes {

	private static final int DEFAULT_MIN = 5;

	private final Map<Lane, Size> sizes = new EnumMap<>(Lane.class);

	private LaneSizes() {
	}

	static LaneSizes of(DatabasePoolProperties properties) {
		Integer minTotal = properties.minConnections();
		int maxTotal = properties.maxConnections();
		checkTotals(minTotal, maxTotal);
		LaneSizes sizes = new LaneSizes();
		int min = (minTotal != null) ? minTotal : Math.min(DEFAULT_MIN, maxTotal);
		for (Lane lane : Lane.values()) {
			LaneSize own = (lane == Lane.READ) ? properties.read() : properties.write();
			LaneSize other = (lane == Lane.READ) ? properties.write() : properties.read();
			int laneMax = max(lane, own.maxConnections(), other.maxConnections(), maxTotal);
			int laneMin = min(lane, own.minConnections(), other.minConnections(), min, laneMax);
			sizes.sizes.put(lane, new Size(laneMin, laneMax));
		}
		return sizes;
	}

	private static void checkTotals(@Nullable Integer min, int max) {
		InvalidPoolConfigurationException.check(max >= 2,
				"Set it to 2 or more, since each lane needs a connection of its own.", "db.pool.max-connections is %d.",
				max);
		if (min != null) {
			InvalidPoolConfigurationException.check(min >= 0, "Set it to 0 or more.", "db.pool.min-connections is %d.",
					min);
			InvalidPoolConfigurationException.check(min <= max, "Lower the one or raise the other.",
					"db.pool.min-connections (%d) is greater than db.pool.max-connections (%d).", min, max);
		}
	}

	private static int max(Lane lane, @Nullable Integer own, @Nullable Integer other, int total) {
		if (own != null) {
			InvalidPoolConfigurationException.check(own >= 1, "Set it to 1 or more.",
					"db.pool.%s.max-connections is %d.", lane.id(), own);
			return own;
		}
		if (other == null) {
			return half(lane, total);
		}
		InvalidPoolConfigurationException.check(other < total,
				"Raise db.pool.max-connections, which is the sum of both, or set db.pool." + lane.id()
						+ ".max-connections as well.",
				"db.pool.%s.max-connections (%d) leaves nothing of db.pool.max-connections (%d) for the %s lane.",
				other(lane).id(), other, total, lane.id());
		return total - other;
	}

	private static int min(Lane lane, @Nullable Integer own, @Nullable Integer other, int total, int max) {
		if (own != null) {
			InvalidPoolConfigurationException.check(own >= 0, "Set it to 0 or more.",
					"db.pool.%s.min-connections is %d.", lane.id(), own);
			InvalidPoolConfigurationException.check(own <= max,
					"Lower it, or set db.pool." + lane.id() + ".max-connections higher.",
					"db.pool.%1$s.min-connections (%2$d) is greater than the maximum of the %1$s lane (%3$d).",
					lane.id(), own, max);
			return own;
		}
		int share = (other != null) ? Math.max(0, total - other) : half(lane, total);
		return Math.min(share, max);
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
