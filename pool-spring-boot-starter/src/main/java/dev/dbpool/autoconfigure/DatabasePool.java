package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;

/**
 * One {@link PooledClient} bean of the application and what is configured for it.
 *
 * @param name name of the pool
 * @param client the client
 * @param properties the properties below {@code db.pools.<name>}, or else those below
 * {@code db.pool}
 */
public record DatabasePool(String name, PooledClient client, DatabasePoolProperties properties) {

	/** Name of the pool that {@code db.pool} configures. */
	public static final String DEFAULT = PoolConfiguration.DEFAULT_POOL;

}
