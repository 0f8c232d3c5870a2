package dev.dbpool.autoconfigure.fleet;

import java.util.EnumMap;
import java.util.Map;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;

/**
 * Splits a share between the lanes, in proportion to their maxima, one connection for
 * each at least.
 */
final class LaneShares {

	/** The smallest share that serves both lanes. */
	static final int LEAST = Lane.values().length;

	private LaneShares() {
	}

	/**
	 * Returns how many connections pools can use at most.
	 */
	static int wanted(Map<Lane, ConnectionPool<?>> pools) {
		return most(pools, Lane.READ) + most(pools, Lane.WRITE);
	}

	private static int most(Map<Lane, ConnectionPool<?>> pools, Lane lane) {
		ConnectionPool<?> pool = pools.get(lane);
		return (pool != null) ? Math.max(pool.size(), pool.options().maxConnections()) : 0;
	}

	/**
	 * Splits a share between pools, see {@link #split(int, int, int)}.
	 */
	static Map<Lane, Integer> split(int share, Map<Lane, ConnectionPool<?>> pools) {
		return split(share, most(pools, Lane.READ), most(pools, Lane.WRITE));
	}

	/**
	 * Splits a share.
	 * @param share the share: 0, or at least {@link #LEAST}; what exceeds the sum of the
	 * maxima is not used
	 * @param read the maximum of the read lane
	 * @param write the maximum of the write lane
	 * @return the shares of the lanes
	 */
	static Map<Lane, Integer> split(int share, int read, int write) {
		Map<Lane, Integer> shares = new EnumMap<>(Lane.class);
		int used = (share < LEAST) ? 0 : Math.min(share, read + write);
		int ofRead = (used == 0) ? 0 : (int) Math.round((double) used * read / (read + write));
		int mostOfRead = Math.min(read, used - 1);
		int leastOfRead = Math.max(1, used - write);
		shares.put(Lane.READ, (used == 0) ? 0 : Math.max(leastOfRead, Math.min(mostOfRead, ofRead)));
		shares.put(Lane.WRITE, used - shares.getOrDefault(Lane.READ, 0));
		return shares;
	}

}
