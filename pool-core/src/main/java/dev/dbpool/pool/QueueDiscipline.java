package dev.dbpool.pool;

/**
 * In which order callers that wait for a connection are served.
 */
public enum QueueDiscipline {

	/** In the order of their arrival. */
	FIFO,

	/**
	 * In the order of their arrival, except in an overload: from the moment when a caller
	 * was not served within its time until no caller waits any more, the one that came
	 * last is served first. In a queue that is longer than the patience of its callers,
	 * the first ones have next to no time left, so that whatever is done for them comes
	 * too late. The last ones still have theirs.
	 */
	ADAPTIVE_LIFO

}
