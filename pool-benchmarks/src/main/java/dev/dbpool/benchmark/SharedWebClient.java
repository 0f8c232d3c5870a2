package dev.dbpool.benchmark;

import java.util.List;

import dev.dbpool.embedded.PostgrestServer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * One client for all requests: the least that can be done well.
 */
final class SharedWebClient implements Variant {

	private final WebClient client;

	private final @Nullable ConnectionProvider provider;

	private SharedWebClient(PostgrestServer server, ReactorClientHttpConnector connector,
			@Nullable ConnectionProvider provider) {
		this.client = WebClients.builder(server).clientConnector(connector).build();
		this.provider = provider;
	}

	static Variant ofSize(PostgrestServer server, int connections) {
		ConnectionProvider provider = provider("benchmark-shared", connections);
		return new SharedWebClient(server, WebClients.over(provider), provider);
	}

	static Variant ofDefaultSize(PostgrestServer server) {
		return new SharedWebClient(server, WebClients.connector(HttpClient.create()), null);
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
		if (this.provider != null) {
			this.provider.disposeLater().block();
		}
	}

}
