package dev.dbpool.client;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolOptions;
import reactor.core.publisher.Mono;

/**
 * Leases as publishers, for users of a {@link ConnectionPool} without a client.
 */
public final class ReactiveLeases {

	private ReactiveLeases() {
	}

	/**
	 * Acquires a connection for each subscription, when it is first requested, waiting in
	 * the same queue as all other callers for {@link PoolOptions#acquireTimeout()} at the
	 * longest. No thread is blocked.
	 * <p>
	 * The lease outlives this publisher: who receives it closes it, best by
	 * {@link Mono#usingWhen}. A cancel before that gives up waiting, and a lease that
	 * arrives all the same goes back to the pool. The lease is emitted on the requesting
	 * thread if a connection was free, else on {@link PoolOptions#executor()}. A request
	 * of zero or less is ignored.
	 * <p>
	 * Ends with {@link AcquireTimeoutException} if no connection became free in time,
	 * with {@link AcquireRejectedException} if too many callers wait already, and with
	 * {@link PoolClosedException} if the pool is closed, or is closed before.
	 * @param <C> the type of connection
	 * @param pool where to acquire
	 * @param owner who asks
	 * @return a publisher of one lease
	 */
	public static <C> Mono<Lease<C>> acquire(ConnectionPool<C> pool, LeaseOwner owner) {
		return new LeaseMono<>(pool, owner);
	}

}
