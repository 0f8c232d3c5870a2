package dev.dbpool.benchmark.fault;

import java.util.function.Function;

import dev.dbpool.benchmark.Target;

/**
 * The clients that are compared.
 */
enum Peer {

	POOLED("pooled", "**`PooledClient`**", StarterClient::fixed),

	POOLED_ADAPTIVE("pooled-adaptive", "`PooledClient`, adaptive limit", StarterClient::adaptive),

	BARE("bare", "bare `WebClient`", BareClient::new),

	RESILIENCE4J("resilience4j", "hand-wired Resilience4j", Resilience4jClient::new),

	SPRING("spring", "Spring 7 annotations", SpringClient::new);

	private final String id;

	private final String title;

	private final Function<Target, Client> factory;

	Peer(String id, String title, Function<Target, Client> factory) {
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

	Client create(Target target) {
		return this.factory.apply(target);
	}

}
