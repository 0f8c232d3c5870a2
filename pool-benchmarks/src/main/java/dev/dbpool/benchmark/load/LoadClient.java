package dev.dbpool.benchmark.load;

import reactor.core.publisher.Mono;

/**
 * A client under load. Safe for use by any number of callers.
 */
interface LoadClient extends AutoCloseable {

	/**
	 * Makes one call; an error is a call that failed.
	 */
	Mono<?> call();

	/**
	 * Returns the state of the connections.
	 */
	Connections connections();

	@Override
	void close();

	/**
	 * Connections to the server.
	 *
	 * @param opened how many have been opened so far
	 * @param open how many are open
	 * @param active how many of them are in use, or -1 if that is unknown
	 * @param waiting callers that wait for one, or -1 if that is unknown
	 */
	record Connections(long opened, int open, int active, int waiting) {

	}

}
