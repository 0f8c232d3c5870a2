package dev.dbpool.autoconfigure;

import java.net.URI;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolListener;

/**
 * Gives the pool of each lane a listener. All beans of this type are notified of events,
 * in order.
 */
@FunctionalInterface
public interface LanePoolListener {

	/**
	 * Returns the listener of a lane's pool. Called once for each lane of each client.
	 * @param lane the lane
	 * @return its listener
	 */
	PoolListener forLane(Lane lane);

	/**
	 * The same as {@link #forLane(Lane)}, for listeners that distinguish the pools of
	 * several clients apart.
	 * @param pool name of the client's pool: {@code default}, or that below
	 * {@code db.pools}
	 * @param lane the lane
	 * @return its listener
	 */
	default PoolListener forLane(String pool, Lane lane) {
		return forLane(lane);
	}

	/**
	 * Returns the listener of the pool of a read replica. Called once for each replica of
	 * each client.
	 * @param pool name of the client's pool
	 * @param replica the URL of the replica
	 * @return its listener; none unless overridden
	 */
	default PoolListener forReadEndpoint(String pool, URI replica) {
		return PoolListener.NONE;
	}

}
