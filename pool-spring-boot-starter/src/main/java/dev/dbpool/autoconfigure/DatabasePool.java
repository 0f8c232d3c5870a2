package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;

/**
 * One {@link PooledClient} bean of the application and what is configured for it.
 *
 * @param name name of the pool
 * @param client the client
 * @param properties the properties below {@code db.pools.<name>}, or else those below
 * {@code db.pool}
 * @param prefix the prefix of these properties, such as {@code db.pool}
 */
public record DatabasePool(String name, PooledClient client, DatabasePoolProperties properties, String prefix) {

	/** Name of the pool that {@code db.pool} configures. */
	public static final String DEFAULT = PoolConfiguration.DEFAULT_POOL;

	/**
	 * Returns the full name of a property of this pool, as messages show it.
	 * @param property the name below the prefix, such as {@code max-connections}
	 * @return the full name, such as {@code db.pool.max-connections}
	 */
	public String property(String property) {
		return this.prefix + "." + property;
	}

}
