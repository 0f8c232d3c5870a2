package dev.dbpool.pool;

/**
 * Where a {@link Connector} tells its pool what happens to one connection.
 */
public interface ConnectionEvents {

	/**
	 * Returns the pool's number for the connection.
	 * @return an id, unique in its pool
	 */
	long connectionId();

	/**
	 * Tells that the connection is lost. An idle one is closed and replaced at once, a
	 * leased one when its lease ends. May be called on any thread, before or after
	 * {@link Connector#open open} has completed, and more than once.
	 */
	void disconnected();

}
