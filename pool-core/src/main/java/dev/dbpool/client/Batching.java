package dev.dbpool.client;

/**
 * How reads of single rows are batched.
 *
 * @param enabled whether all tables batch them, not only those of
 * {@link EntityTable#batched()}
 * @param maxKeys maximum number of keys in one request
 * @param maxInFlight maximum number of requests in flight for rows of one kind
 */
record Batching(boolean enabled, int maxKeys, int maxInFlight) {

	static final Batching DISABLED = new Batching(false, 100, 1);

}
