package dev.dbpool.benchmark;

import java.util.List;

import dev.dbpool.client.EntityTable;
import dev.dbpool.client.PooledClient;
import reactor.core.publisher.Mono;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The client of the starter, which reads single rows by {@link EntityTable#batched()
 * batched} reads. Other queries are sent as they are.
 */
final class BatchingStarterClient implements Variant {

	private final ConfigurableApplicationContext context;

	private final PooledClient client;

	private final EntityTable<Item> items;

	BatchingStarterClient(Target target, int connections) {
		this.context = StarterApplication.start(target, connections);
		this.client = this.context.getBean(PooledClient.class);
		this.items = this.client.table("items", Item.class).batched();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return query.isSingle() ? this.items.get(key).map(List::of) : StarterClient.fetch(this.client, query, key);
	}

	@Override
	public void close() {
		this.context.close();
	}

}
