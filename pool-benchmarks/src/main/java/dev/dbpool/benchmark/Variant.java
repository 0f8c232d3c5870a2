package dev.dbpool.benchmark;

import java.util.List;
import java.util.Objects;

import reactor.core.publisher.Mono;

/**
 * A client that sends queries. Safe for use by any number of callers.
 */
interface Variant extends AutoCloseable {

	/**
	 * Sends a query for a caller that does not block.
	 */
	Mono<List<Item>> fetch(Query query, int key);

	/**
	 * Sends a query for a caller that blocks.
	 */
	default List<Item> get(Query query, int key) throws Exception {
		return Objects.requireNonNull(fetch(query, key).block());
	}

	@Override
	void close();

}
