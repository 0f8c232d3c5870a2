package dev.dbpool.autoconfigure;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * The names of the pools that an environment configures, and of their beans.
 */
final class PoolNames {

	private static final String BEAN_SUFFIX = "PooledClient";

	private static final String DEFAULT_BEAN = "pooledClient";

	private static final ConfigurationPropertyName DEFAULT_POOL = ConfigurationPropertyName.of("db.pool");

	private static final ConfigurationPropertyName NAMED_POOLS = ConfigurationPropertyName.of("db.pools");

	private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

	private PoolNames() {
	}

	/**
	 * Returns the names below {@code db.pools}, in order of appearance.
	 */
	static Set<String> named(Environment environment) {
		return children(environment, NAMED_POOLS);
	}

	/**
	 * Whether there is a default pool: always, except where named pools are all that is
	 * configured.
	 */
	static boolean hasDefault(Environment environment) {
		if (named(environment).isEmpty() || SupabaseVariables.URL.find(environment) != null) {
			return true;
		}
		for (ConfigurationPropertySource source : sources(environment)) {
			if (source.containsDescendantOf(DEFAULT_POOL) == ConfigurationPropertyState.PRESENT) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns the next elements of all names below a parent, as they are written where
	 * they appear first. Names that differ in case or dashes only are the same.
	 * Environment variables come last, since they have no dashes: one that sets a
	 * property of a name that is known adds none.
	 */
	static Set<String> children(Environment environment, ConfigurationPropertyName parent) {
		Map<String, String> names = new LinkedHashMap<>();
		int index = parent.getNumberOfElements();
		names(environment, parent, false).forEach((name) -> names.putIfAbsent(name.getElement(index, Form.UNIFORM),
				name.getElement(index, Form.ORIGINAL)));
		Set<String> known = Set.copyOf(names.values());
		names(environment, parent, true)
			.filter((name) -> known.stream().noneMatch((child) -> isBelow(name, parent, child)))
			.forEach((name) -> names.putIfAbsent(name.getElement(index, Form.UNIFORM),
					name.getElement(index, Form.ORIGINAL)));
		return new LinkedHashSet<>(names.values());
	}

	private static Stream<ConfigurationPropertyName> names(Environment environment, ConfigurationPropertyName parent,
			boolean variables) {
		return StreamSupport.stream(sources(environment).spliterator(), false)
			.filter((source) -> variables == source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource)
			.filter(IterableConfigurationPropertySource.class::isInstance)
			.flatMap((source) -> ((IterableConfigurationPropertySource) source).stream())
			.filter((name) -> parent.isAncestorOf(name)
					&& name.getNumberOfElements() > parent.getNumberOfElements() + 1);
	}

	/**
	 * Whether the name of a variable, in which an underscore stands for a dot or a dash,
	 * is one below a child.
	 */
	private static boolean isBelow(ConfigurationPropertyName variable, ConfigurationPropertyName parent, String child) {
		return child.indexOf('-') > 0
				&& ConfigurationPropertyName.adapt(parent + "." + child.replace('-', '.'), '.').isAncestorOf(variable);
	}

	/**
	 * Returns the property sources without our own defaults, which follow from the names.
	 */
	private static Iterable<ConfigurationPropertySource> sources(Environment environment) {
		return ConfigurationPropertySources.from(((ConfigurableEnvironment) environment).getPropertySources()
			.stream()
			.filter((source) -> !(source instanceof PoolDefaultsPropertySource)
					&& !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.toList());
	}

	/**
	 * Refuses a value directly below {@code db.pools}, where names of pools are expected.
	 */
	static void checkNothingWithoutName(Environment environment) {
		UnboundElementsSourceFilter ours = new UnboundElementsSourceFilter();
		for (ConfigurationPropertySource source : sources(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable && ours.apply(source)) {
				iterable.stream().filter(NAMED_POOLS::isParentOf).findFirst().ifPresent((name) -> {
					String property = name.getElement(2, Form.DASHED);
					throw new InvalidPoolConfigurationException("%s is not below the name of a pool.".formatted(name),
							"Use db.pool.%1$s for the default pool, or db.pools.<name>.%1$s for a named one."
								.formatted(property));
				});
			}
		}
	}

	static void validate(String name) {
		String advice = "Choose a name of lower-case letters, digits and single dashes that begins with a letter, such as 'orders'.";
		check(VALID.matcher(name).matches(), advice, "db.pools.%s has a name that no pool can have.", name);
		check(!PoolConfiguration.isDefault(name), "Configure the default pool below db.pool, or choose another name.",
				"db.pools.%s has the name of the default pool.", name);
	}

	static String beanName(String pool) {
		return PoolConfiguration.isDefault(pool) ? DEFAULT_BEAN : pool + BEAN_SUFFIX;
	}

	/**
	 * Returns the name of the pool of a client: that of the bean without
	 * {@code PooledClient} at its end, and {@code default} for {@code pooledClient}.
	 */
	static String ofBean(String beanName) {
		if (beanName.equals(DEFAULT_BEAN)) {
			return PoolConfiguration.DEFAULT_POOL;
		}
		return (beanName.endsWith(BEAN_SUFFIX) && beanName.length() > BEAN_SUFFIX.length())
				? beanName.substring(0, beanName.length() - BEAN_SUFFIX.length()) : beanName;
	}

}
