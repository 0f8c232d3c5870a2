package dev.dbpool.benchmark;

import java.util.List;

import dev.dbpool.client.PooledClient;
import reactor.core.publisher.Mono;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The {@code WebClient} that runs through the pool of the starter.
 */
final class AdapterWebClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final WebClient client;

	AdapterWebClient(Target target, int connections) {
		this.context = StarterApplication.start(target, connections);
		this.client = this.context.getBean(PooledClient.class).webClient();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return WebClients.fetch(this.client, query, key);
	}

	@Override
	public void close() {
		this.context.close();
	}

}
