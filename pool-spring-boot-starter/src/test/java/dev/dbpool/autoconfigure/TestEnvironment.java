package dev.dbpool.autoconfigure;

import java.util.HashMap;
import java.util.Map;

import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * An environment of properties and environment variables, prepared as at start-up.
 */
final class TestEnvironment {

	private final Map<String, Object> variables = new HashMap<>();

	private final Map<String, Object> properties = new HashMap<>();

	static TestEnvironment of() {
		return new TestEnvironment();
	}

	TestEnvironment variable(String name, String value) {
		this.variables.put(name, value);
		return this;
	}

	TestEnvironment property(String name, String value) {
		this.properties.put(name, value);
		return this;
	}

	ConfigurableEnvironment build() {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, this.variables));
		environment.getPropertySources().addLast(new MapPropertySource("application.properties", this.properties));
		ConfigurationPropertySources.attach(environment);
		PoolPropertySources.addTo(environment);
		PoolDefaultsEnvironmentPostProcessor.addTo(environment);
		return environment;
	}

	DatabasePoolProperties bind() {
		return PoolBinder.bind(build(), "db.pool");
	}

}
