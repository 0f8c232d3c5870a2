package dev.dbpool.autoconfigure;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolListener;

/**
 * Gives the pool of each lane a listener. All beans of this type are told what happens,
 * in order.
 */
@FunctionalInterface
public interface LanePoolListener {

	/**
	 * Returns the listener of a lane's pool. Called once for each lane.
	 * @param lane the lane
	 * @return its listener
	 */
	PoolListener forLane(Lane lane);

}
