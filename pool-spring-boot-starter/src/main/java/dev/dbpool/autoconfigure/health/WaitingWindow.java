package dev.dbpool.autoconfigure.health;

import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;

import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;

/**
 * In which of the last seconds callers of each lane waited for a connection. A caller
 * that waits for a moment is usual in a pool; callers that wait in most seconds are not.
 * Written by one thread at a time, read by any.
 */
final class WaitingWindow {

	static final int SECONDS = 5;

	private static final int MOST = SECONDS / 2 + 1;

	private static final int MASK = (1 << SECONDS) - 1;

	/** A bit for each second, the last second lowest. */
	private final AtomicIntegerArray seconds = new AtomicIntegerArray(Lane.values().length);

	/**
	 * Adds the present second.
	 */
	void add(Map<Lane, PoolSnapshot> lanes) {
		lanes.forEach((lane, pool) -> this.seconds.updateAndGet(lane.ordinal(),
				(before) -> ((before << 1) | ((pool.pending() > 0) ? 1 : 0)) & MASK));
	}

	/**
	 * Returns in how many of the last seconds callers of a lane waited.
	 */
	int seconds(Lane lane) {
		return Integer.bitCount(this.seconds.get(lane.ordinal()));
	}

	/**
	 * Returns whether callers of a lane waited in most of the last seconds.
	 */
	boolean isOften(Lane lane) {
		return seconds(lane) >= MOST;
	}

}
