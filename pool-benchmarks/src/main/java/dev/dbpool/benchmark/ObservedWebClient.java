package dev.dbpool.benchmark;

import java.util.List;

import reactor.core.publisher.Mono;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A shared client made from the builder that Spring Boot gives to an application with
 * actuator, as {@code PooledClient} is: each request is observed for the meter
 * {@code http.client.requests}.
 */
final class ObservedWebClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final ConnectionProvider provider;

	private final WebClient client;

	ObservedWebClient(Target target, int connections) {
		this.context = StarterApplication.start(target, 2);
		this.provider = SharedWebClient.provider("benchmark-observed", connections);
		this.client = WebClients.prepare(this.context.getBean(WebClient.Builder.class), target)
			.clientConnector(WebClients.over(this.provider, target))
			.build();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return WebClients.fetch(this.client, query, key);
	}

	@Override
	public void close() {
		this.provider.disposeLater().block();
		this.context.close();
	}

}
