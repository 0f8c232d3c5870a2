package dev.dbpool.pool;

/**
 * Receives what a {@link Connector} reports about one connection.
 */
public interface ConnectionEvents {

	/**
	 * Returns the pool's number for the connection.
	 * @return an id, unique in its pool
	 */
	long connectionId();

	/**
	 * Reports that the connection is lost. An idle one is closed and replaced
	 * immediately, a leased one when its lease ends. May be called on any thread, before
	 * or after {@link Connector#open open} has completed, and more than once.
	 */
	void disconnected();

	/**
	 * Reports that the other side sent data that no request asked for, so that later
	 * answers cannot be distinguished. The connection is lost: the same as
	 * {@link #disconnected()}, with a {@linkplain CloseReason#UNEXPECTED_DATA reason} of
	 * its own. Called before the connection is used again.
	 */
	void unexpectedData();

}
