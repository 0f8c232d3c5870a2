package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.pool.engine.DefaultConnectionPool;

/**
 * A bounded pool of connections to one endpoint. Callers that find no connection free
 * wait in one queue, blocking and asynchronous alike, and are served in order of arrival.
 * <p>
 * All methods may be called from any thread. Only the blocking {@code acquire} ever
 * blocks; no lock is held while a connector, a listener or a callback runs.
 *
 * @param <C> the type of connection
 */
public interface ConnectionPool<C> extends AutoCloseable {

	/** The restriction of a pool that has none. */
	int UNRESTRICTED = Integer.MAX_VALUE;

	/**
	 * Creates a pool and starts to open its minimum of connections in the background.
	 * @param <C> the type of connection
	 * @param options the options of the pool
	 * @param connector opens and closes the connections
	 * @return the pool
	 */
	static <C> ConnectionPool<C> create(PoolOptions options, Connector<C> connector) {
		return create(options, connector, UNRESTRICTED);
	}

	/**
	 * Creates a pool that is {@linkplain #restrict restricted} from the start.
	 * @param <C> the type of connection
	 * @param options the options of the pool
	 * @param connector opens and closes the connections
	 * @param restriction the bound on the connections at first; 0 for a pool that opens
	 * nothing yet
	 * @return the pool
	 */
	static <C> ConnectionPool<C> create(PoolOptions options, Connector<C> connector, int restriction) {
		options.checkRestriction(restriction);
		return DefaultConnectionPool.create(options, connector, restriction);
	}

	/**
	 * Returns the options that the pool was created with. What was changed since by
	 * {@link #resize} is in the {@link #snapshot()}.
	 * @return the options
	 */
	PoolOptions options();

	/**
	 * Acquires a connection, blocking the thread for {@link PoolOptions#acquireTimeout()}
	 * at the longest.
	 * @param owner who asks
	 * @return the lease, to be closed by the caller
	 * @throws AcquireTimeoutException if no connection became free in time
	 * @throws AcquireRejectedException if too many callers wait already
	 * @throws AcquireInterruptedException if the thread is interrupted while it waits
	 * @throws PoolClosedException if the pool is closed, or is closed while the caller
	 * waits
	 */
	default Lease<C> acquire(LeaseOwner owner) {
		return acquire(owner, options().acquireTimeout());
	}

	/**
	 * Acquires a connection, blocking the thread for a given time at the longest.
	 * @param owner who asks
	 * @param timeout how long to wait; zero means not at all
	 * @return the lease, to be closed by the caller
	 * @throws AcquireTimeoutException if no connection became free in time
	 * @throws AcquireRejectedException if too many callers wait already
	 * @throws AcquireInterruptedException if the thread is interrupted while it waits
	 * @throws PoolClosedException if the pool is closed, or is closed while the caller
	 * waits
	 */
	Lease<C> acquire(LeaseOwner owner, Duration timeout);

	/**
	 * Acquires a connection without blocking.
	 * @param owner who asks
	 * @param timeout how long to wait; zero means not at all
	 * @param callback receives the lease, or the reason why there is none
	 * @return a handle to give up waiting
	 */
	Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<C> callback);

	/**
	 * Acquires a connection without blocking. Cancelling the future, or letting it fail
	 * as {@link CompletableFuture#orTimeout} does, gives up waiting; a lease that arrives
	 * all the same goes back to the pool.
	 * @param owner who asks
	 * @param timeout how long to wait; zero means not at all
	 * @return a future with the lease, to be closed by the caller
	 */
	default CompletableFuture<Lease<C>> acquireAsync(LeaseOwner owner, Duration timeout) {
		CompletableFuture<Lease<C>> future = new CompletableFuture<>();
		Acquisition acquisition = acquire(owner, timeout, new LeaseCallback<>() {

			@Override
			public void onLease(Lease<C> lease) {
				if (!future.complete(lease)) {
					lease.close();
				}
			}

			@Override
			public void onFailure(PoolException cause) {
				future.completeExceptionally(cause);
			}

		});
		if (!future.isDone()) {
			future.whenComplete((lease, failure) -> {
				if (failure != null && !(failure instanceof PoolException)) {
					acquisition.cancel();
				}
			});
		}
		return future;
	}

	/**
	 * Returns how many callers wait for a connection. Takes no lock, unlike
	 * {@link #snapshot()}.
	 * @return the number at this moment
	 */
	int pending();

	/**
	 * Returns whether callers wait until the pool is resumed. Takes no lock, unlike
	 * {@link #snapshot()}.
	 * @return {@code true} from {@link #suspend()} to {@link #resume()}
	 */
	boolean isSuspended();

	/**
	 * Returns whether a caller that comes now is served without a wait: a connection is
	 * free, and no caller waits. Takes no lock, unlike {@link #snapshot()}.
	 * @return whether a connection is free at this moment
	 */
	boolean isAnyFree();

	/**
	 * Returns the state of the pool at this moment.
	 * @return a consistent snapshot
	 */
	PoolSnapshot snapshot();

	/**
	 * Returns the state of each connection at this moment, without blocking any caller.
	 * @return the connections by age, oldest first
	 */
	List<ConnectionSnapshot> connections();

	/**
	 * Returns who holds what at this moment, without blocking any caller.
	 * @return the leases by age, oldest first
	 */
	List<LeaseSnapshot> leases();

	/**
	 * Retires a connection: an idle one is closed and replaced immediately, a leased one
	 * when its lease ends.
	 * @param connectionId the number of the connection
	 * @return whether there was such a connection, open and not retired yet
	 */
	boolean evict(long connectionId);

	/**
	 * Takes a lease back: its connection is closed and replaced, and its holder gets a
	 * {@link LeaseRevokedException} at the next use.
	 * @param leaseId the number of the lease
	 * @return whether there was such a lease
	 */
	boolean revoke(long leaseId);

	/**
	 * Ends a lease that its holder has lost without closing it, and reports it as leaked.
	 * Its connection goes back to the pool as it does when its holder closes the lease.
	 * @param leaseId number of the lease
	 * @return {@code false} if the lease had ended already
	 */
	boolean reclaim(long leaseId);

	/**
	 * Changes the size of the pool while it works. A larger pool opens connections for
	 * waiters immediately. A smaller one closes idle connections first, then leased ones
	 * when their leases end; until then it opens nothing.
	 * @param minConnections connections that are kept open
	 * @param maxConnections the bound on the connections
	 * @throws IllegalArgumentException if the numbers make no sense
	 */
	void resize(int minConnections, int maxConnections);

	/**
	 * Bounds the connections below the maximum, whatever that is or becomes by
	 * {@link #resize}: for a limit that pools in several processes share. The minimum
	 * yields to it. Connections beyond it are closed as by {@code resize}, idle ones
	 * first; until they are, {@link PoolSnapshot#total()} exceeds it. None is opened in
	 * that time.
	 * @param connections the bound; 0 lets all callers wait, {@link #UNRESTRICTED} ends
	 * the restriction
	 * @throws IllegalArgumentException if it is negative
	 */
	void restrict(int connections);

	/**
	 * Returns the bound on the connections without the {@linkplain #restrict
	 * restriction}. Takes no lock, unlike {@link #snapshot()}, whose {@code max} is the
	 * smaller one of both.
	 * @return the maximum that was configured, or set by {@link #resize}
	 */
	int size();

	/**
	 * Retires all connections: idle ones are closed and replaced immediately, leased ones
	 * when their leases end. For a server whose address, certificate or configuration has
	 * changed.
	 * @return how many connections are retired by this
	 */
	int softReset();

	/**
	 * Serves no caller until {@link #resume}: callers wait, for as long as their timeouts
	 * allow. Leases go on.
	 * @return {@code false} if the pool was suspended already
	 */
	boolean suspend();

	/**
	 * Ends a suspension, and serves waiters in order of arrival.
	 * @return {@code false} if the pool was not suspended
	 */
	boolean resume();

	/**
	 * Closes the pool. Callers that wait, and new ones, are rejected immediately; leases
	 * may go on for the drain time and are revoked after it. A lease is revoked earlier
	 * if it was not used or renewed for five seconds, and its connection has nothing to
	 * do. When the drain time is over, connections that are still being opened or reset
	 * are given up, and two seconds later those that are still being closed count as
	 * closed.
	 * @param drainTime how long leases may go on
	 * @return a stage that completes when the last connection is closed; the same stage
	 * for each call, the first call's drain time counts
	 */
	CompletionStage<Void> close(Duration drainTime);

	/**
	 * Closes the pool with {@link PoolOptions#drainTime()}, without waiting for the end.
	 */
	@Override
	default void close() {
		close(options().drainTime());
	}

	/**
	 * An asynchronous acquisition under way.
	 */
	@FunctionalInterface
	interface Acquisition {

		/**
		 * Gives up waiting. After a return of {@code true} no callback comes and nothing
		 * is held; after {@code false} the callback was or will be called, and its lease
		 * is still the receiver's to close.
		 * @return whether the acquisition ended by this call
		 */
		boolean cancel();

	}

}
