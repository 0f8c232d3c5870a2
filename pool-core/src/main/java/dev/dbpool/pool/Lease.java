package dev.dbpool.pool;

import java.time.Duration;

/**
 * The exclusive right to use one connection until it is closed. Closing twice, late, or
 * after a revocation is harmless. Safe for use from any thread.
 *
 * @param <C> the type of connection
 */
public interface Lease<C> extends AutoCloseable {

	/**
	 * Returns the number of this lease.
	 * @return an id, unique in its pool
	 */
	long id();

	/**
	 * Returns the number of the leased connection.
	 * @return an id, unique in its pool; zero for a lease that ended so long ago that the
	 * pool has forgotten it
	 */
	long connectionId();

	/**
	 * Returns the leased connection. Do not keep it beyond the lease.
	 * @return the connection
	 * @throws LeaseRevokedException if the pool took the lease back
	 * @throws IllegalStateException if the lease was closed
	 */
	C connection();

	/**
	 * Returns who holds the lease.
	 * @return the owner; one named "an unknown operation" for a lease that ended so long
	 * ago that the pool has forgotten it
	 */
	LeaseOwner owner();

	/**
	 * Returns whether the lease still holds its connection.
	 * @return {@code false} once closed or revoked
	 */
	boolean isActive();

	/**
	 * Returns how long ago the lease was acquired; to within 10 milliseconds in a pool
	 * without a listener that listens to leases, and more in one of thousands of leases.
	 * @return its age, zero for a lease that ended
	 */
	Duration age();

	/**
	 * Reports that the lease is in use, as a long stream does with each element: leak
	 * detection counts from the last renewal.
	 */
	void renew();

	/**
	 * Counts an error against the connection, as {@link ConnectionSnapshot#errors()}
	 * shows. Without effect on a lease that ended.
	 */
	void recordError();

	/**
	 * Marks the connection as broken, so that it is closed and replaced, not reused, when
	 * this lease is closed. Without effect on a lease that ended.
	 */
	void invalidate();

	/**
	 * Gives the connection back. Never blocks and never throws.
	 */
	@Override
	void close();

}
