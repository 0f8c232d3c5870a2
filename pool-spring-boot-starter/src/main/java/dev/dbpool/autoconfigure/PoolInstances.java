package dev.dbpool.autoconfigure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;

/**
 * The names of the instances of Resilience4j that belong to pools: {@code databasePool}
 * for the default pool, {@code databasePool-<name>} for any other.
 */
public final class PoolInstances {

	private static final String DEFAULT = "databasePool";

	private static final String PREFIX = DEFAULT + "-";

	private static final List<ConfigurationPropertyName> INSTANCES = List.of(
			ConfigurationPropertyName.of("resilience4j.retry.instances"),
			ConfigurationPropertyName.of("resilience4j.circuitbreaker.instances"));

	private PoolInstances() {
	}

	/**
	 * Returns the name of the instances of a pool.
	 * @param pool name of the pool
	 * @return the name of its instances
	 */
	public static String name(String pool) {
		return PoolConfiguration.isDefault(pool) ? DEFAULT : PREFIX + pool;
	}

	/**
	 * Returns the names of all pools other than the default one that an environment
	 * mentions: those below {@code db.pools}, and those of clients of the application
	 * whose instances are configured.
	 * @param environment the environment
	 * @return the names of the pools
	 */
	public static Set<String> named(Environment environment) {
		Set<String> pools = new LinkedHashSet<>(PoolNames.named(environment));
		for (ConfigurationPropertyName instances : INSTANCES) {
			PoolNames.children(environment, instances)
				.stream()
				.filter((instance) -> instance.startsWith(PREFIX))
				.map((instance) -> instance.substring(PREFIX.length()))
				.forEach(pools::add);
		}
		return pools;
	}

}
