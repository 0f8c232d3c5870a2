package dev.dbpool.pool;

/**
 * Receives the outcome of an asynchronous acquisition: exactly one of its methods is
 * called, once, unless the acquisition was cancelled first.
 *
 * @param <C> the type of connection
 */
public interface LeaseCallback<C> {

	/**
	 * Takes over the lease. Called on the acquiring thread if a connection was free, else
	 * on {@link PoolOptions#executor()}. If this throws, the lease is closed.
	 * @param lease the lease, to be closed by the receiver
	 */
	void onLease(Lease<C> lease);

	/**
	 * Reports why there is no lease. Called on the same threads.
	 * @param cause why
	 */
	void onFailure(PoolException cause);

}
