package dev.dbpool.autoconfigure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import dev.dbpool.client.Identity;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

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

	/** The names of instances that admit operations. */
	private static final Pattern ADMISSION = Pattern.compile(DEFAULT + "(Anon|Service|User)?(-.*)?");

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
	 * Returns the names of the circuit breakers of the read replicas that are configured
	 * for a pool.
	 * @param environment the environment
	 * @param pool name of the pool
	 * @return the names, in the order of {@code read.endpoints}
	 */
	public static List<String> replicas(Environment environment, String pool) {
		boolean named = PoolNames.named(environment).contains(pool);
		String prefix = PoolConfiguration.prefix(named ? pool : PoolConfiguration.DEFAULT_POOL);
		String[] endpoints = PoolBinder.find(environment, prefix + ".read.endpoints", String[].class);
		int count = (endpoints != null) ? endpoints.length : 0;
		return IntStream.rangeClosed(1, count).mapToObj((number) -> replica(pool, number)).toList();
	}

	/**
	 * Returns the name of the circuit breaker of a read replica.
	 * @param pool name of the pool
	 * @param number number of the replica in {@code read.endpoints}, from 1
	 * @return the name, such as {@code databasePoolRead1} or
	 * {@code databasePoolRead1-orders}
	 */
	public static String replica(String pool, int number) {
		return DEFAULT + "Read" + number + name(pool).substring(DEFAULT.length());
	}

	/**
	 * Returns the name of the instances that admit the operations of one identity.
	 * @param pool name of the pool
	 * @param identity whom the operations act as
	 * @return the name, such as {@code databasePoolUser} or
	 * {@code databasePoolUser-orders}
	 */
	public static String admission(String pool, Identity.Kind identity) {
		return DEFAULT + StringUtils.capitalize(identity.id()) + name(pool).substring(DEFAULT.length());
	}

	/**
	 * Returns whether instances of a name admit operations of a pool.
	 * @param instance the name
	 * @return whether it is the name of a pool's instances, of one identity or of all
	 */
	public static boolean isAdmission(String instance) {
		return ADMISSION.matcher(instance).matches();
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
