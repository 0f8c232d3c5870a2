package dev.dbpool.benchmark;

import java.util.List;

import reactor.core.publisher.Mono;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * One client for all requests: the least that can be done well.
 */
final class SharedWebClient implements Variant {

	private final ConnectionProvider provider;

	private final WebClient client;

	SharedWebClient(Target target, int connections) {
		this.provider = provider("benchmark-shared", connections);
		this.client = WebClients.builder(target).clientConnector(WebClients.over(this.provider, target)).build();
	}

	/**
	 * Makes a provider whose queue is as long as that of a lane.
	 */
	static ConnectionProvider provider(String name, int connections) {
		return ConnectionProvider.builder(name)
			.maxConnections(connections)
			.pendingAcquireMaxCount(10 * connections)
			.build();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return WebClients.fetch(this.client, query, key);
	}

	@Override
	public void close() {
		this.provider.disposeLater().block();
	}

}
