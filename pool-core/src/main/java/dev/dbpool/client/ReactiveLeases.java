package dev.dbpool.client;

import java.util.function.Function;

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
	 * The lease outlives this publisher: the receiver closes it. Prefer {@link #with},
	 * which does so in any case. A cancel before that gives up waiting, and a lease that
	 * arrives all the same goes back to the pool. The lease is emitted on the requesting
	 * thread if a connection was free, else on the thread that releases one, as it is
	 * usual for publishers: use {@link Mono#publishOn} before work that blocks. Failures
	 * are emitted on {@link PoolOptions#executor()}. A request of zero or less is
	 * ignored.
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

	/**
	 * Does work with a connection for each subscription: acquires a lease as
	 * {@link #acquire} does, and closes it when the work ends, fails or is cancelled,
	 * before the result is passed on.
	 * @param <C> the type of connection
	 * @param <T> the type of result
	 * @param pool where to acquire
	 * @param owner who asks
	 * @param work the work. It uses the lease until its publisher ends, and need not
	 * close it. What it throws is the error of the result
	 * @return a publisher of the result, or of nothing if the work is empty
	 */
	public static <C, T> Mono<T> with(ConnectionPool<C> pool, LeaseOwner owner,
			Function<? super Lease<C>, ? extends Mono<? extends T>> work) {
		return new LeasedWorkMono<>(pool, owner, work);
	}

}
