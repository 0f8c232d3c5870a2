package dev.dbpool.autoconfigure;

/**
 * The configuration of one pool, and the names under which it is given: below
 * {@code db.pool} for the default pool, below {@code db.pools.<name>} for a named one.
 *
 * @param pool name of the pool
 * @param properties its properties
 */
record PoolConfiguration(String pool, DatabasePoolProperties properties) {

	/** Name of the pool that {@code db.pool} configures. */
	static final String DEFAULT_POOL = "default";

	private static final String DEFAULT_PREFIX = "db.pool";

	private static final String NAMED_PREFIX = "db.pools";

	static PoolConfiguration ofDefault(DatabasePoolProperties properties) {
		return new PoolConfiguration(DEFAULT_POOL, properties);
	}

	boolean isDefault() {
		return isDefault(this.pool);
	}

	/**
	 * Returns the full name of a property of this pool.
	 * @param name the name below the prefix, such as {@code max-connections}
	 */
	String property(String name) {
		return prefix() + "." + name;
	}

	String prefix() {
		return prefix(this.pool);
	}

	static boolean isDefault(String pool) {
		return pool.equals(DEFAULT_POOL);
	}

	/**
	 * Returns the prefix of the properties of a pool.
	 */
	static String prefix(String pool) {
		return isDefault(pool) ? DEFAULT_PREFIX : NAMED_PREFIX + "." + pool;
	}

}
