package dev.dbpool.pool.engine;

import dev.dbpool.pool.CloseReason;

/**
 * What a {@link PooledConnection} leaves to its pool. Called from any thread, with
 * nothing locked.
 *
 * @param <C> the type of connection
 */
interface ConnectionCallbacks<C> {

	String poolName();

	/**
	 * The connection is lost.
	 */
	void lost(PooledConnection<C> pooled, CloseReason reason);

	/**
	 * A holder says that the connection is of no use, if the lease is still theirs.
	 */
	void invalidate(PooledConnection<C> pooled, Slot<C> slot, long ticket);

}
