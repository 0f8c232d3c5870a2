package dev.dbpool.benchmark;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.benchmark.server.Certificate;
import dev.dbpool.client.BlockingPooledClient;
import dev.dbpool.client.PooledClient;
import reactor.core.publisher.Mono;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The client that the starter gives to an application with actuator and Prometheus.
 * Nothing but the server and the size is configured: each lane gets half of the
 * connections.
 */
public final class StarterClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	private final BlockingPooledClient blocking;

	StarterClient(Target target, int connections) {
		this.context = start(target, connections);
		this.client = this.context.getBean(PooledClient.class);
		this.blocking = this.client.blocking();
	}

	/**
	 * Starts an application with the starter.
	 * @param target the server
	 * @param connections the connections of each lane
	 * @return the application
	 */
	public static ConfigurableApplicationContext start(Target target, int connections) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false)
			.properties(properties(target, connections))
			.run();
	}

	private static Map<String, Object> properties(Target target, int connections) {
		Map<String, Object> properties = new HashMap<>(
				Map.of("db.pool.url", target.url().toString(), "db.pool.rest-path", "/", "db.pool.anon-key",
						target.key(), "db.pool.max-connections", 2 * connections));
		if (target.certificate() != null) {
			String trustStore = "spring.ssl.bundle.jks.benchmark.truststore.";
			properties.put(trustStore + "location", target.certificate().file().toUri().toString());
			properties.put(trustStore + "password", Certificate.PASSWORD);
			properties.put(trustStore + "type", "PKCS12");
			properties.put("db.pool.ssl.bundle", "benchmark");
		}
		return properties;
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return fetch(this.client, query, key);
	}

	/**
	 * Sends a query.
	 * @param client the client
	 * @param query what to ask for
	 * @param key the key of the first row
	 * @return the rows
	 */
	public static Mono<List<Item>> fetch(PooledClient client, Query query, int key) {
		if (query.isSingle()) {
			return client.from("items").select(Item.COLUMNS).eq("id", key).order("id").list(Item.class);
		}
		return client.from("items")
			.select(Item.COLUMNS)
			.gte("id", key)
			.order("id")
			.limit(query.rows())
			.list(Item.class);
	}

	@Override
	public List<Item> get(Query query, int key) {
		if (query.isSingle()) {
			return this.blocking.from("items").select(Item.COLUMNS).eq("id", key).order("id").list(Item.class);
		}
		return this.blocking.from("items")
			.select(Item.COLUMNS)
			.gte("id", key)
			.order("id")
			.limit(query.rows())
			.list(Item.class);
	}

	@Override
	public void close() {
		this.context.close();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
