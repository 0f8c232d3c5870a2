package dev.dbpool.pool;

/**
 * An asynchronous acquisition under way.
 */
@FunctionalInterface
public interface Acquisition {

	/**
	 * Gives up waiting. After a return of {@code true} no callback comes and nothing is
	 * held; after {@code false} the callback was or will be called, and its lease is
	 * still the receiver's to close.
	 * @return whether the acquisition ended by this call
	 */
	boolean cancel();

}
