package dev.dbpool.benchmark;

import java.util.HashMap;
import java.util.Map;

import dev.dbpool.benchmark.server.Certificate;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application with the starter and everything that it switches on by itself.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class StarterApplication {

	/**
	 * Starts an application with the starter.
	 * @param target the server
	 * @param connections the connections of both lanes together
	 * @return the application
	 */
	public static ConfigurableApplicationContext start(Target target, int connections) {
		return start(target, connections, Map.of());
	}

	/**
	 * Starts an application with the starter.
	 * @param target the server
	 * @param connections the connections of both lanes together
	 * @param properties further properties
	 * @return the application
	 */
	public static ConfigurableApplicationContext start(Target target, int connections, Map<String, Object> properties) {
		Map<String, Object> all = new HashMap<>(properties);
		all.putAll(properties(target, connections));
		return new SpringApplicationBuilder(StarterApplication.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false)
			.properties(all)
			.run();
	}

	private static Map<String, Object> properties(Target target, int connections) {
		Map<String, Object> properties = new HashMap<>(Map.of("db.pool.url", target.url().toString(),
				"db.pool.rest-path", "/", "db.pool.anon-key", target.key(), "db.pool.max-connections", connections));
		if (target.certificate() != null) {
			String trustStore = "spring.ssl.bundle.jks.benchmark.truststore.";
			properties.put(trustStore + "location", target.certificate().file().toUri().toString());
			properties.put(trustStore + "password", Certificate.PASSWORD);
			properties.put(trustStore + "type", "PKCS12");
			properties.put("db.pool.ssl.bundle", "benchmark");
		}
		return properties;
	}

}
