package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.dbpool.benchmark.Target;
import io.netty.channel.ChannelOption;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * One {@link WebClient} with the sizes and time-outs that the pool has by default.
 */
final class BareClient implements Client {

	static final int CONNECTIONS = 20;

	private static final ParameterizedTypeReference<List<Item>> ITEMS = new ParameterizedTypeReference<>() {
	};

	private final ConnectionProvider provider;

	private final WebClient client;

	BareClient(Target target) {
		this.provider = ConnectionProvider.builder("bare")
			.maxConnections(CONNECTIONS)
			.pendingAcquireMaxCount(10 * CONNECTIONS)
			.pendingAcquireTimeout(Duration.ofSeconds(30))
			.build();
		HttpClient http = HttpClient.create(this.provider)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000)
			.responseTimeout(Duration.ofSeconds(10));
		this.client = WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(http))
			.baseUrl(target.url().toString())
			.defaultHeaders((headers) -> {
				headers.set("apikey", target.key());
				headers.setBearerAuth(target.key());
			})
			.build();
	}

	@Override
	public Mono<List<Item>> read(String table, int key) {
		return this.client.get()
			.uri("/{table}?select={columns}&id=eq.{key}", table, Item.COLUMNS, key)
			.retrieve()
			.bodyToMono(ITEMS);
	}

	@Override
	public Mono<Void> write(String id) {
		return this.client.post().uri("/orders").bodyValue(Map.of("id", id)).retrieve().toBodilessEntity().then();
	}

	@Override
	public Mono<Void> work(Duration time) {
		return this.client.get()
			.uri("/rpc/work?seconds={seconds}", time.toMillis() / 1000.0)
			.retrieve()
			.bodyToMono(Integer.class)
			.then();
	}

	@Override
	public void close() {
		this.provider.disposeLater().block();
	}

}
