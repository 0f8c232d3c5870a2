package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of an application with a pool: shows the connections of that pool instead of
 * its own. While the application is too busy to answer, these are the last known ones.
 */
final class ObservedClient implements LoadClient {

	private static final Duration FIRST_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final LoadClient client;

	private final URI status;

	private final HttpClient http = HttpClient.newHttpClient();

	private Connections last;

	/**
	 * Reads the connections of the pool for the first time.
	 * @throws IllegalArgumentException if there are none at this address
	 */
	ObservedClient(LoadClient client, URI status) {
		this.client = client;
		this.status = status;
		this.last = read(FIRST_TIMEOUT).orElseThrow(() -> new IllegalArgumentException("--pool-status=" + status
				+ " did not answer with the state of a pool. Check the URL, and that the application exposes the "
				+ "endpoint databasepool"));
	}

	@Override
	public Mono<?> call() {
		return this.client.call();
	}

	@Override
	public Connections connections() {
		this.last = read(TIMEOUT).orElse(this.last);
		return this.last;
	}

	private Optional<Connections> read(Duration timeout) {
		HttpRequest request = HttpRequest.newBuilder(this.status).timeout(timeout).build();
		try {
			JsonNode answer = JsonMapper.shared().readTree(this.http.send(request, BodyHandlers.ofString()).body());
			return answer.has("pools") ? Optional.of(sum(answer)) : Optional.empty();
		}
		catch (IOException | JacksonException ex) {
			return Optional.empty();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Optional.empty();
		}
	}

	private static Connections sum(JsonNode pools) {
		return new Connections(sum(pools, "created"), sum(pools, "total"), sum(pools, "active"), sum(pools, "pending"));
	}

	private static int sum(JsonNode pools, String name) {
		return pools.findValues("lanes")
			.stream()
			.flatMap((lanes) -> lanes.findValues(name).stream())
			.mapToInt(JsonNode::asInt)
			.sum();
	}

	@Override
	public void close() {
		this.client.close();
	}

}
