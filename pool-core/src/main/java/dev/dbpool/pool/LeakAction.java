package dev.dbpool.pool;

/**
 * What to do with a lease that is held for longer than the leak detection timeout.
 */
public enum LeakAction {

	/** Notify the listener only; the lease goes on. */
	LOG,

	/**
	 * Revoke the lease: its connection is closed and replaced, and its holder gets a
	 * {@link LeaseRevokedException} at the next use.
	 */
	RECLAIM

}
