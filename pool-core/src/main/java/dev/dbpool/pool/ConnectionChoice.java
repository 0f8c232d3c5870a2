package dev.dbpool.pool;

/**
 * Which of several free connections the next caller gets.
 */
public enum ConnectionChoice {

	/**
	 * One that was used a moment ago: the calling thread's own last one if it is free,
	 * else the first. What the load does not need goes cold, and is closed when it has
	 * been idle for too long.
	 */
	HOTTEST,

	/**
	 * The one whose last use is longest ago, so that all are used alike and the whole
	 * pool stays open. Looks at all connections, which costs more in a large pool.
	 */
	LEAST_RECENTLY_USED

}
