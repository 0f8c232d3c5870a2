package dev.dbpool.benchmark;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import reactor.core.publisher.Mono;

/**
 * The client of the JDK. It has no limit of connections: its pool keeps one for each
 * caller. Its threads, and those that decode its answers, are those of an executor: on
 * two processors it starts a thread for each answer otherwise, and the processor time of
 * a thread that has ended cannot be read.
 */
final class JdkClient implements Variant {

	private final Target target;

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final HttpClient client;

	JdkClient(Target target, int connections) {
		this.target = target;
		HttpClient.Builder builder = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.executor(this.executor)
			.connectTimeout(Duration.ofSeconds(5));
		if (target.certificate() != null) {
			builder.sslContext(target.certificate().clientContext());
		}
		this.client = builder.build();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.fromFuture(() -> this.client.sendAsync(request(query, key), HttpResponse.BodyHandlers.ofByteArray())
			.thenApplyAsync((response) -> ItemsDecoder.decode(response.statusCode(), response.body()), this.executor));
	}

	@Override
	public List<Item> get(Query query, int key) throws IOException, InterruptedException {
		HttpResponse<byte[]> response = this.client.send(request(query, key), HttpResponse.BodyHandlers.ofByteArray());
		return ItemsDecoder.decode(response.statusCode(), response.body());
	}

	private HttpRequest request(Query query, int key) {
		return HttpRequest.newBuilder(this.target.query(query, key))
			.timeout(Duration.ofSeconds(10))
			.header("Accept", "application/json")
			.header("apikey", this.target.key())
			.header("Authorization", "Bearer " + this.target.key())
			.build();
	}

	/**
	 * The client itself ends when it is no longer reachable; its {@code close()} came
	 * with JDK 21.
	 */
	@Override
	public void close() {
		this.executor.shutdown();
	}

}
