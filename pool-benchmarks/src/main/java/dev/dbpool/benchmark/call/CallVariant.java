package dev.dbpool.benchmark.call;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.PostgrestClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/**
 * A client that reads rows.
 */
public enum CallVariant {

	/** What a team would write without us. */
	HAND_WRITTEN {

		@Override
		Call open(StubServer server, WebClient.Builder builder) {
			ConnectionProvider provider = ConnectionProvider.create("by-hand", 20);
			WebClient client = over(provider, server, builder);
			return new Call(() -> client.get()
				.uri("/items?select={columns}&category=eq.{category}&order=id", Item.COLUMNS, 7)
				.retrieve()
				.bodyToMono(ITEMS)
				.block(), provider::dispose);
		}

	},

	/** The query builder over the same {@code WebClient}. */
	QUERY_BUILDER {

		@Override
		Call open(StubServer server, WebClient.Builder builder) {
			ConnectionProvider provider = ConnectionProvider.create("query-builder", 20);
			PostgrestClient client = PostgrestClient.create(over(provider, server, builder));
			return new Call(() -> client.from("items")
				.select(Item.COLUMNS)
				.eq("category", 7)
				.order("id")
				.list(Item.class)
				.block(), provider::dispose);
		}

	},

	/** The pooled client: leases, leak detection, lanes, records of operations. */
	POOLED {

		@Override
		Call open(StubServer server, WebClient.Builder builder) {
			PooledClient client = PooledClient.builder(server.url(), ApiKeys.of(KEY, null))
				.restPath("/")
				.webClient(builder)
				.build();
			return new Call(() -> client.from("items")
				.select(Item.COLUMNS)
				.eq("category", 7)
				.order("id")
				.list(Item.class)
				.block(), () -> client.close(Duration.ZERO).block());
		}

	};

	private static final ParameterizedTypeReference<List<Item>> ITEMS = new ParameterizedTypeReference<>() {
	};

	private static final String KEY = "header.cGF5bG9hZA.signature";

	abstract Call open(StubServer server, WebClient.Builder builder);

	private static WebClient over(ConnectionProvider provider, StubServer server, WebClient.Builder builder) {
		return builder.baseUrl(server.url().toString())
			.defaultHeader("apikey", KEY)
			.defaultHeader("Authorization", "Bearer " + KEY)
			.clientConnector(new ReactorClientHttpConnector(HttpClient.create(provider)))
			.build();
	}

	/**
	 * Answers in the place of a connection, with the bytes that the server would send.
	 */
	static ExchangeFilterFunction withoutNetwork(String json) {
		byte[] body = json.getBytes(StandardCharsets.UTF_8);
		return new ExchangeFilterFunction() {

			@Override
			public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
				return Mono.fromSupplier(() -> ClientResponse.create(HttpStatus.OK, STRATEGIES)
					.headers((headers) -> headers.setContentType(MediaType.APPLICATION_JSON))
					.body(Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(body))))
					.build());
			}

		};
	}

	private static final ExchangeStrategies STRATEGIES = ExchangeStrategies.withDefaults();

	/**
	 * An open variant.
	 *
	 * @param rows asks and waits
	 * @param closing closes it
	 */
	record Call(Supplier<List<Item>> rows, Runnable closing) {

	}

}
