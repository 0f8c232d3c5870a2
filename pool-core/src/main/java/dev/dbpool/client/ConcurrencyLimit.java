package dev.dbpool.client;

/**
 * How many connections the pools of a client may have.
 */
public enum ConcurrencyLimit {

	/** As many as their maximum says. */
	FIXED,

	/**
	 * As many as the server can use, between the minimum and the maximum of the pool. The
	 * limit of each pool follows the latency of the answers: it grows while callers wait
	 * and the server answers as fast as without load, and shrinks while the server is
	 * slower. It is halved when the server, or a gateway before it, reports that it is
	 * overloaded. A resize of the pool sets other bounds.
	 */
	ADAPTIVE

}
