package dev.dbpool.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Finds environment variables that begin with {@code DB_POOL_} and set nothing.
 */
final class MisspeltVariables {

	private static final String PREFIX = "DB_POOL_";

	private MisspeltVariables() {
	}

	/**
	 * Returns a message for each such variable. It names the nearest variable that
	 * exists, and shows no value.
	 */
	static List<String> messages(ConfigurableEnvironment environment) {
		return variables(environment).filter((variable) -> isMisspelt(variable.toUpperCase(Locale.ROOT)))
			.sorted()
			.map((variable) -> "The environment variable %s is ignored, since the pool has no such property. Did you mean %s?"
				.formatted(variable, nearest(variable)))
			.toList();
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

	private static boolean isMisspelt(String variable) {
		return variable.startsWith(PREFIX) && !variable.equals(ConfigVariable.NAME)
				&& PoolPropertyNames.all().stream().noneMatch((property) -> sets(variable, property));
	}

	/**
	 * Whether a variable sets a property, or an element of its list: Spring Boot removes
	 * dashes, and takes them for underscores as well.
	 */
	private static boolean sets(String variable, String property) {
		String name = variable.replaceFirst("_\\d+_?$", "");
		return name.equals(variable(property)) || name.equals(variable(property.replace("-", "")));
	}

	private static String variable(String property) {
		return PREFIX + property.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
	}

	private static String nearest(String variable) {
		String name = variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
		return variable(PoolPropertyNames.nearest(name, 1).get(0));
	}

}
