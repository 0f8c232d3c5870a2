package dev.dbpool.benchmark;

import java.util.List;

import dev.dbpool.embedded.PostgrestServer;
import reactor.core.publisher.Mono;
import reactor.netty.resources.ConnectionProvider;

/**
 * Makes a client, with a connection of its own, for each request.
 */
final class NewClientPerRequest implements Variant {

	private final PostgrestServer server;

	NewClientPerRequest(PostgrestServer server, int connections) {
		this.server = server;
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.using(() -> ConnectionProvider.create("benchmark-new", 1),
				(provider) -> WebClients.fetch(
						WebClients.builder(this.server).clientConnector(WebClients.over(provider)).build(), query, key),
				ConnectionProvider::dispose);
	}

	@Override
	public void close() {
	}

}
