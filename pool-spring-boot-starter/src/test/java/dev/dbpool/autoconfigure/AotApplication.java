package dev.dbpool.autoconfigure;

import java.util.Map;

import dev.dbpool.client.PooledClient;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application that {@link AotIntegrationTests} processes ahead of time and runs in a
 * process of its own.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class AotApplication {

	/**
	 * Prints where each client goes, and ends.
	 * @param arguments more properties
	 */
	public static void main(String[] arguments) {
		SpringApplication application = new SpringApplication(AotApplication.class);
		application.setDefaultProperties(Map.of("spring.main.web-application-type", "none"));
		try (ConfigurableApplicationContext context = application.run(arguments)) {
			context.getBeansOfType(PooledClient.class)
				.forEach((name, client) -> System.out.println("client " + name + " -> " + client.restRoot()));
		}
	}

}
