package dev.dbpool.client;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.PoolSnapshot;

/**
 * The pools of a client, one for each lane.
 */
final class Lanes {

	private final Map<Lane, ConnectionPool<ClientConnection>> pools;

	private final LaneSharing sharing;

	private final AtomicInteger lentByRead = new AtomicInteger();

	private final AtomicInteger lentByWrite = new AtomicInteger();

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
	 * Returns the lane whose pool a statement leases its connection from: its own, unless
	 * all connections of that are open, others wait for them already, and the other lane
	 * lends one. The loan counts until it is {@linkplain #returned returned}.
	 */
	Lane laneForStatement(Lane own) {
		if (this.sharing == LaneSharing.NONE || pool(own).pending() == 0 || !isExhausted(pool(own).snapshot())) {
			return own;
		}
		Lane other = own.other();
		return lends(other) ? other : own;
	}

	private static boolean isExhausted(PoolSnapshot present) {
		return !present.suspended() && present.total() - present.opening() >= present.max();
	}

	/**
	 * Makes a loan if the lane keeps its minimum, one at least. A connection on which the
	 * answer to a request that was given up is still to come counts as lent.
	 */
	private boolean lends(Lane lane) {
		ConnectionPool<ClientConnection> pool = pool(lane);
		PoolSnapshot present = pool.snapshot();
		int draining = (int) pool.connections()
			.stream()
			.filter((connection) -> connection.state() == State.RESETTING)
			.count();
		if (pool.pending() > 0 || present.suspended() || present.active() + draining >= present.max()) {
			return false;
		}
		if (lent(lane).incrementAndGet() + draining <= present.max() - Math.max(1, present.min())) {
			return true;
		}
		returned(lane);
		return false;
	}

	/**
	 * Notes that a statement of another lane has ended which had a connection of this
	 * one.
	 */
	void returned(Lane lane) {
		lent(lane).decrementAndGet();
	}

	private AtomicInteger lent(Lane lane) {
		return (lane == Lane.READ) ? this.lentByRead : this.lentByWrite;
	}

	Collection<ConnectionPool<ClientConnection>> all() {
		return this.pools.values();
	}

}
