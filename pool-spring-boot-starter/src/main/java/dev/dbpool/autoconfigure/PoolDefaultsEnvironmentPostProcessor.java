package dev.dbpool.autoconfigure;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;

/**
 * Adds the {@link PoolPropertySources} and the {@link PoolDefaultsPropertySource} behind
 * all other property sources.
 */
final class PoolDefaultsEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		addTo(environment);
	}

	static void addTo(ConfigurableEnvironment environment) {
		PoolPropertySources.prepare(environment);
		MutablePropertySources sources = environment.getPropertySources();
		sources.remove(PoolDefaultsPropertySource.NAME);
		sources.addLast(new PoolDefaultsPropertySource(environment));
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
