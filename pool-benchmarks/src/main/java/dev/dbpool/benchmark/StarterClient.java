package dev.dbpool.benchmark;

import java.util.List;
import java.util.Map;

import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
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
final class StarterClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	StarterClient(PostgrestServer server, int connections) {
		this.context = start(server, connections);
		this.client = this.context.getBean(PooledClient.class);
	}

	static ConfigurableApplicationContext start(PostgrestServer server, int connections) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false)
			.properties(Map.of("db.pool.url", server.url().toString(), "db.pool.rest-path", "/", "db.pool.anon-key",
					server.anonKey(), "db.pool.max-connections", 2 * connections))
			.run();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return fetch(this.client, query, key);
	}

	static Mono<List<Item>> fetch(PooledClient client, Query query, int key) {
		return client.from("items").select(Item.COLUMNS).eq(query.column(), key).order("id").list(Item.class);
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
