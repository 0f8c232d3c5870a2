package dev.dbpool.benchmark;

import java.time.Duration;
import java.util.List;

import dev.dbpool.embedded.PostgrestServer;
import io.netty.channel.ChannelOption;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A {@link WebClient} as a careful application sets it up, with the time-outs and the
 * identity headers that a {@code PooledClient} has, and its query in the shortest form.
 */
final class WebClients {

	private static final ParameterizedTypeReference<List<Item>> ITEMS = new ParameterizedTypeReference<>() {
	};

	private WebClients() {
	}

	static WebClient.Builder builder(PostgrestServer server) {
		return prepare(WebClient.builder(), server);
	}

	static WebClient.Builder prepare(WebClient.Builder builder, PostgrestServer server) {
		return builder.baseUrl(server.url().toString()).defaultHeaders((headers) -> {
			headers.set("apikey", server.anonKey());
			headers.setBearerAuth(server.anonKey());
		});
	}

	static ReactorClientHttpConnector over(ConnectionProvider provider) {
		return connector(HttpClient.create(provider));
	}

	static ReactorClientHttpConnector connector(HttpClient client) {
		return new ReactorClientHttpConnector(
				client.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000).responseTimeout(Duration.ofSeconds(10)));
	}

	static Mono<List<Item>> fetch(WebClient client, Query query, int key) {
		String uri = "/items?select=" + Item.COLUMNS + "&" + query.column() + "=eq.{key}&order=id";
		return client.get().uri(uri, key).retrieve().bodyToMono(ITEMS);
	}

}
