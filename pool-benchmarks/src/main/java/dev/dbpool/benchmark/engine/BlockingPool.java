package dev.dbpool.benchmark.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A pool as threads use it. Each benchmark process loads one implementation, so that the
 * calls are inlined.
 */
interface BlockingPool extends AutoCloseable {

	/**
	 * How long a brief acquisition waits.
	 */
	Duration BRIEF = Duration.ofNanos(50_000);

	/**
	 * Acquires a connection, waiting for the patience that the pool was made with.
	 * @return the lease, or what the pool has for one
	 * @throws Exception if none became free in time
	 */
	Object acquire() throws Exception;

	/**
	 * Acquires a connection, waiting for {@link #BRIEF}.
	 * @return the lease, or {@code null} if none became free in time
	 * @throws Exception if the pool failed
	 * @throws UnsupportedOperationException if the pool knows one timeout for all callers
	 */
	default @Nullable Object acquireBriefly() throws Exception {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns what was leased.
	 * @param lease the lease
	 * @return the connection
	 */
	default Object connection(Object lease) {
		return lease;
	}

	void release(Object lease) throws Exception;

	@Override
	default void close() {
	}

}
