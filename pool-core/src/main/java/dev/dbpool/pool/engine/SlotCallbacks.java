package dev.dbpool.pool.engine;

/**
 * What {@link LeaseSlots} leave to the life cycle of connections. Called from any thread,
 * with nothing locked.
 *
 * @param <C> the type of connection
 */
interface SlotCallbacks<C> {

	/**
	 * Makes a connection ready for the next lease. Its slot is claimed for that, and has
	 * to be given back, or put out.
	 */
	void reset(Slot<C> slot);

	/**
	 * A retired slot has been put out.
	 */
	void detached(Slot<C> slot);

	/**
	 * Callers wait while a connection is free that has to be checked first.
	 */
	void checkStale();

}
