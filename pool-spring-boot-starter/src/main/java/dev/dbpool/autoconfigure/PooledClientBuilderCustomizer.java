package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClientBuilder;

/**
 * Changes the builder of each auto-configured {@link dev.dbpool.client.PooledClient}.
 * Beans of this type are called in order, after the properties have been applied.
 * {@link PooledClientBuilder#name()} is the name of the pool that is being built.
 */
@FunctionalInterface
public interface PooledClientBuilderCustomizer {

	/**
	 * Changes the builder.
	 * @param builder the builder
	 */
	void customize(PooledClientBuilder builder);

}
