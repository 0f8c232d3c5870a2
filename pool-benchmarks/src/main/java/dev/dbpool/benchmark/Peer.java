package dev.dbpool.benchmark;

import java.util.function.BiFunction;

import dev.dbpool.embedded.PostgrestServer;

/**
 * The clients that are compared, in the order of the first round.
 */
enum Peer {

	NEW_CLIENT("new-client", "a new WebClient per request", NewClientPerRequest::new),

	SHARED("shared", "one shared WebClient", SharedWebClient::ofSize),

	DEFAULT_POOL("default-pool", "the shared one, on Reactor Netty's default pool",
			(server, connections) -> SharedWebClient.ofDefaultSize(server)),

	OBSERVED("observed", "the shared one, from Spring Boot's builder", ObservedWebClient::new),

	HAND_WIRED("hand-wired", "WebClient, hand-wired Resilience4j and Micrometer", HandWiredWebClient::new),

	POOLED("pooled", "PooledClient with everything on", StarterClient::new),

	BATCHED("batched", "the same, with batched reads of single rows", BatchingStarterClient::new);

	private final String id;

	private final String title;

	private final BiFunction<PostgrestServer, Integer, Variant> factory;

	Peer(String id, String title, BiFunction<PostgrestServer, Integer, Variant> factory) {
		this.id = id;
		this.title = title;
		this.factory = factory;
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return this.id;
	}

	String title() {
		return this.title;
	}

	Variant create(PostgrestServer server, int connections) {
		return this.factory.apply(server, connections);
	}

}
