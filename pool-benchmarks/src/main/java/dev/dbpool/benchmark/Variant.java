package dev.dbpool.benchmark;

import java.util.List;

import reactor.core.publisher.Mono;

/**
 * One way to send a query. Safe for use by any number of callers.
 */
interface Variant extends AutoCloseable {

	Mono<List<Item>> fetch(Query query, int key);

	@Override
	void close();

}
