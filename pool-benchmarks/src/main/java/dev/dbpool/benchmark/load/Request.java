package dev.dbpool.benchmark.load;

import java.net.URI;
import java.util.List;

import dev.dbpool.benchmark.Item;
import dev.dbpool.benchmark.Query;
import dev.dbpool.benchmark.StarterClient;
import dev.dbpool.benchmark.WebClients;
import dev.dbpool.client.PooledClient;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * What each call asks for.
 */
interface Request {

	Mono<?> over(WebClient client);

	Mono<?> over(PooledClient client);

	/**
	 * Reads random rows of the table of the started servers, and checks them.
	 */
	static Request items(Query query) {
		return new Request() {

			@Override
			public Mono<?> over(WebClient client) {
				int key = query.randomKey();
				return WebClients.fetch(client, query, key).doOnNext((items) -> check(items, key));
			}

			@Override
			public Mono<?> over(PooledClient client) {
				int key = query.randomKey();
				return StarterClient.fetch(client, query, key).doOnNext((items) -> check(items, key));
			}

			private void check(List<Item> items, int key) {
				if (!query.isAnswer(items, key)) {
					throw new IllegalStateException("Wrong rows");
				}
			}

		};
	}

	/**
	 * Gets a path and reads the answer to its end.
	 * @param path the path and query as they are sent, which begin with a slash
	 */
	static Request path(String path) {
		return new Request() {

			@Override
			public Mono<?> over(WebClient client) {
				return client.get().uri((root) -> resolve(root.build())).retrieve().bodyToMono(byte[].class);
			}

			@Override
			public Mono<?> over(PooledClient client) {
				return over(client.webClient());
			}

			private URI resolve(URI root) {
				return URI.create(root.toString().replaceFirst("/$", "") + path);
			}

		};
	}

}
