package dev.dbpool.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
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
		Map<String, Object> profiles = new LinkedHashMap<>(PoolProfile.defaults(environment, "db.pool"));
		for (String pool : PoolNames.named(environment)) {
			PoolNames.validate(pool);
			profiles.putAll(PoolProfile.defaults(environment, PoolConfiguration.prefix(pool)));
		}
		addLast(sources, PROFILES, profiles);
	}

	private static void addLast(MutablePropertySources sources, String name, Map<String, Object> properties) {
		if (!properties.isEmpty()) {
			sources.addLast(new OriginTrackedMapPropertySource(name, properties, true));
		}
	}

}
