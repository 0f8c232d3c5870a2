package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Mono;

/**
 * A client of a server that fails. Safe for use by any number of callers.
 */
interface Client extends AutoCloseable {

	/**
	 * Reads one row.
	 */
	Mono<List<Item>> read(String table, int key);

	/**
	 * Inserts a row into the table of orders.
	 */
	Mono<Void> write(String id);

	/**
	 * Calls a function that reads and takes some time.
	 */
	Mono<Void> work(Duration time);

	/**
	 * Does the same for a caller that waits no longer than the deadline.
	 */
	default Mono<Void> work(Duration time, Duration deadline) {
		return work(time).timeout(deadline);
	}

	/**
	 * Returns the status that this client reports, if it reports any.
	 */
	default String health() {
		return "";
	}

	/**
	 * Returns what is wrong at rest, in one line for each violated invariant.
	 */
	default List<String> violations() {
		return List.of();
	}

	@Override
	void close();

}
