package dev.dbpool.client;

import java.util.Collection;
import java.util.Map;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolSnapshot;

/**
 * The pools of a client, one for each lane.
 */
final class Lanes {

	private final Map<Lane, ConnectionPool<ClientConnection>> pools;

	private final LaneSharing sharing;

	Lanes(Map<Lane, ConnectionPool<ClientConnection>> pools, LaneSharing sharing) {
		this.pools = Map.copyOf(pools);
		this.sharing = sharing;
	}

	/**
	 * Returns the pool of a lane.
	 */
	ConnectionPool<ClientConnection> pool(Lane lane) {
		ConnectionPool<ClientConnection> pool = this.pools.get(lane);
		if (pool == null) {
			throw new IllegalStateException("no pool for lane " + lane.id());
		}
		return pool;
	}

	/**
	 * Returns the pool in which a statement of a lane waits the least: that of the lane,
	 * unless all its connections are open, others wait for them already, and the other
	 * lane lends one.
	 */
	ConnectionPool<ClientConnection> poolForStatement(Lane lane) {
		ConnectionPool<ClientConnection> own = pool(lane);
		if (this.sharing == LaneSharing.NONE || own.pending() == 0) {
			return own;
		}
		ConnectionPool<ClientConnection> other = pool((lane == Lane.READ) ? Lane.WRITE : Lane.READ);
		return (isExhausted(own.snapshot()) && lends(other)) ? other : own;
	}

	private static boolean isExhausted(PoolSnapshot present) {
		return !present.suspended() && present.total() - present.opening() >= present.max();
	}

	private static boolean lends(ConnectionPool<ClientConnection> pool) {
		if (pool.pending() > 0) {
			return false;
		}
		PoolSnapshot present = pool.snapshot();
		return !present.suspended() && present.active() < present.max() - Math.max(1, present.min());
	}

	Collection<ConnectionPool<ClientConnection>> all() {
		return this.pools.values();
	}

}
