package dev.dbpool.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;

/**
 * Adds the property sources of the pools behind all others: first {@code DB_POOL_CONFIG},
 * then the profiles. They are computed twice. When the environment is prepared, so that
 * conditions see them; and when all property sources are known, since the application's
 * own {@code @PropertySource} would else come last. Then it reports misspelt variables.
 */
final class PoolPropertySources implements BeanFactoryPostProcessor {

	private static final Logger logger = LoggerFactory.getLogger(PoolPropertySources.class);

	static final String PROFILES = "databasePoolProfiles";

	private static final ConfigurationPropertyName NAMED_POOLS = ConfigurationPropertyName.of("db.pools");

	private final ConfigurableEnvironment environment;

	PoolPropertySources(ConfigurableEnvironment environment) {
		this.environment = environment;
	}

	/**
	 * Adds the property sources, where possible: what is wrong is reported later.
	 */
	static void prepare(ConfigurableEnvironment environment) {
		try {
			addTo(environment);
		}
		catch (InvalidPoolConfigurationException ex) {
			// thrown again when the bean factory is post-processed
		}
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		addTo(this.environment);
		MisspeltVariables.messages(this.environment).forEach(logger::warn);
	}

	static void addTo(ConfigurableEnvironment environment) {
		MutablePropertySources sources = environment.getPropertySources();
		sources.remove(ConfigVariable.NAME);
		sources.remove(PROFILES);
		String json = PoolBinder.variable(environment, ConfigVariable.NAME);
		if (json != null) {
			addLast(sources, ConfigVariable.NAME, ConfigVariable.parse(json));
		}
		Map<String, Object> profiles = new LinkedHashMap<>();
		prefixes(environment).forEach((prefix) -> profiles.putAll(PoolProfile.defaults(environment, prefix)));
		addLast(sources, PROFILES, profiles);
	}

	/**
	 * Returns the prefixes of the default pool and of named pools with a profile.
	 */
	private static List<String> prefixes(ConfigurableEnvironment environment) {
		List<String> prefixes = new ArrayList<>(List.of(PoolConfiguration.prefix(PoolConfiguration.DEFAULT_POOL)));
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				iterable.stream()
					.filter((name) -> NAMED_POOLS.isAncestorOf(name) && name.getNumberOfElements() == 4
							&& name.getLastElement(Form.UNIFORM).equals("profile"))
					.forEach((name) -> prefixes.add(name.getParent().toString()));
			}
		}
		return prefixes;
	}

	private static void addLast(MutablePropertySources sources, String name, Map<String, Object> properties) {
		if (!properties.isEmpty()) {
			sources.addLast(new OriginTrackedMapPropertySource(name, properties, true));
		}
	}

}
