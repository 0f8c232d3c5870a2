package dev.dbpool.autoconfigure;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Finds environment variables that begin with {@code DB_POOL_} or {@code DB_POOLS_} and
 * set nothing.
 */
final class MisspeltVariables {

	private static final String DEFAULT_PREFIX = "DB_POOL_";

	private static final String NAMED_PREFIX = "DB_POOLS_";

	private MisspeltVariables() {
	}

	/**
	 * Returns a message for each such variable. It names the nearest variable that
	 * exists, and shows no value.
	 */
	static List<String> messages(ConfigurableEnvironment environment) {
		Set<String> pools = PoolNames.named(environment);
		return variables(environment).map((variable) -> message(variable, pools))
			.filter(Objects::nonNull)
			.sorted()
			.toList();
	}

	private static @Nullable String message(String variable, Set<String> pools) {
		String name = variable.toUpperCase(Locale.ROOT);
		if (name.startsWith(DEFAULT_PREFIX)) {
			return name.equals(ConfigVariable.NAME) ? null : message(variable, name, PoolConfiguration.DEFAULT_POOL);
		}
		if (!name.startsWith(NAMED_PREFIX)) {
			return null;
		}
		String pool = namedPool(name, pools);
		return (pool != null) ? message(variable, name, pool)
				: "The environment variable %s is ignored, since it names no property of a named pool. Use %s<NAME>_<PROPERTY>, such as %sORDERS_URL."
					.formatted(variable, NAMED_PREFIX, NAMED_PREFIX);
	}

	private static @Nullable String message(String variable, String name, String pool) {
		String prefix = PoolConfiguration.prefix(pool) + ".";
		return PoolPropertyNames.all().stream().anyMatch((property) -> sets(name, prefix + property)) ? null
				: "The environment variable %s is ignored, since the pool has no such property. Did you mean %s?"
					.formatted(variable, nearest(name, prefix));
	}

	/**
	 * Returns the pool that a variable belongs to: a configured one, or else that of the
	 * name up to the next underscore.
	 */
	private static @Nullable String namedPool(String variable, Set<String> pools) {
		int end = variable.indexOf('_', NAMED_PREFIX.length());
		return pools.stream()
			.filter((pool) -> Stream.of(pool, pool.replace("-", ""))
				.anyMatch((form) -> variable.startsWith(NAMED_PREFIX + variable(form) + "_")))
			.max(Comparator.comparingInt(String::length))
			.orElse((end > NAMED_PREFIX.length())
					? variable.substring(NAMED_PREFIX.length(), end).toLowerCase(Locale.ROOT) : null);
	}

	private static Stream<String> variables(ConfigurableEnvironment environment) {
		return environment.getPropertySources()
			.stream()
			.filter((source) -> source instanceof SystemEnvironmentPropertySource
					&& source.getName().endsWith(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME))
			.flatMap((source) -> ((Map<?, ?>) source.getSource()).keySet().stream())
			.map(String::valueOf)
			.distinct();
	}

	/**
	 * Whether a variable sets a property, or an element of its list: Spring Boot removes
	 * all dashes, or takes all of them for underscores.
	 */
	private static boolean sets(String variable, String property) {
		String name = variable.replaceFirst("_\\d+_?$", "");
		return name.equals(variable(property)) || name.equals(variable(property.replace("-", "")));
	}

	private static String variable(String property) {
		return property.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
	}

	private static String nearest(String variable, String prefix) {
		int begin = variable.startsWith(variable(prefix)) ? prefix.length() : prefix.replace("-", "").length();
		String name = variable.substring(begin).toLowerCase(Locale.ROOT).replace('_', '-');
		return variable(prefix + PoolPropertyNames.nearest(name, 1).get(0));
	}

}
