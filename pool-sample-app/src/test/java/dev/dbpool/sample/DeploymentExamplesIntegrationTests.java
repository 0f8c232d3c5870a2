package dev.dbpool.sample;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.PooledClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample as the compose file configures it.
 */
class DeploymentExamplesIntegrationTests {

	@Test
	void theSampleStartsAsComposeConfiguresIt() throws Exception {
		try (ConfigurableApplicationContext application = start(composeEnvironment())) {
			assertThat(application.getBean(PooledClient.class).restRoot())
				.isEqualTo(URI.create("http://postgrest:3000"));
			assertThat(application.getBean(DatabasePools.class).adminUrl("default"))
				.contains(URI.create("http://postgrest:3001"));
		}
	}

	/**
	 * Starts the sample with environment variables, but on a free port of this machine.
	 */
	private static ConfigurableApplicationContext start(Map<String, String> environment) {
		Map<String, Object> variables = new HashMap<>(environment);
		variables.put("SERVER_ADDRESS", "127.0.0.1");
		variables.put("SERVER_PORT", "0");
		String source = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
		StandardEnvironment started = new StandardEnvironment();
		started.getPropertySources().replace(source, new SystemEnvironmentPropertySource(source, variables));
		return new SpringApplicationBuilder(MarketplaceApplication.class).environment(started).run();
	}

	private static Map<String, String> composeEnvironment() throws IOException {
		return DeploymentExamplesTests.compose()
			.at("/services/marketplace/environment")
			.properties()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, (variable) -> variable.getValue().asString()));
	}

}
