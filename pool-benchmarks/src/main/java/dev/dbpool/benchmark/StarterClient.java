package dev.dbpool.benchmark;

import java.util.List;

import dev.dbpool.client.BlockingPooledClient;
import dev.dbpool.client.PooledClient;
import reactor.core.publisher.Mono;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The client that the starter gives to an application with actuator and Prometheus.
 * Nothing but the server and the size is configured: each lane gets half of the
 * connections, and lends to the other what it does not need.
 */
public final class StarterClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	private final BlockingPooledClient blocking;

	StarterClient(Target target, int connections) {
		this.context = StarterApplication.start(target, connections);
		this.client = this.context.getBean(PooledClient.class);
		this.blocking = this.client.blocking();
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

}
