package dev.dbpool.client;

/**
 * Whether the lanes of a client lend each other connections. The maximum of both together
 * stays the same, and which statements a lane takes does not depend on it.
 */
public enum LaneSharing {

	/**
	 * A statement that would have to wait in its lane is sent on a connection of the
	 * other lane, if nothing waits there. Statements that wait already get such a
	 * connection first, in the order of their arrival. The other lane keeps as many
	 * connections to itself as its minimum, one at least. Nothing is lent for ten seconds
	 * after a request that the server has not answered before its deadline. Streams,
	 * manual leases and exchanges of a {@code WebClient} are not lent any, since they may
	 * hold them for long.
	 */
	IDLE,

	/** Each lane uses its own connections only. */
	NONE

}
