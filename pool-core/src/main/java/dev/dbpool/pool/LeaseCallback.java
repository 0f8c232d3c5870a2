package dev.dbpool.pool;

/**
 * Receives the outcome of an asynchronous acquisition: exactly one of its methods is
 * called, once, unless the acquisition was cancelled first.
 *
 * @param <C> the type of connection
 */
public interface LeaseCallback<C> {

	/**
	 * Returns whether {@link #onLease} neither blocks nor takes long, so that it may run
	 * on a thread that releases a lease. That spares the executor, which costs more than
	 * all the rest.
	 * @return {@code false} unless overridden
	 */
	default boolean isNonBlocking() {
		return false;
	}

	/**
	 * Takes over the lease. Called on the acquiring thread if a connection was free, else
	 * on {@link PoolOptions#executor()}, or on a releasing thread if it is
	 * {@linkplain #isNonBlocking() non-blocking}: not inside another callback, and of a
	 * long series only the first ones, while the pool's timer runs the rest. If this
	 * throws, the lease is closed.
	 * @param lease the lease, to be closed by the receiver
	 */
	void onLease(Lease<C> lease);

	/**
	 * Reports why there is no lease. Called on the acquiring thread or the executor.
	 * @param cause why
	 */
	void onFailure(PoolException cause);

}
