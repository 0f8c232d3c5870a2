package dev.dbpool.pool.engine;

/**
 * What became of a caller who wanted to join the queue.
 */
enum Admission {

	/** It waits, or has been served. */
	QUEUED,

	/** Too many wait already. */
	REJECTED,

	/** The pool is closed. */
	CLOSED

}
