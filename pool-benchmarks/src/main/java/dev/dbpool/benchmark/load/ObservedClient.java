package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of an application with a pool: shows the connections of that pool instead of
 * its own.
 */
final class ObservedClient implements LoadClient {

	private static final Connections UNKNOWN = new Connections(0, 0, -1, -1);

	private final LoadClient client;

	private final HttpRequest status;

	private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

	ObservedClient(LoadClient client, URI status) {
		this.client = client;
		this.status = HttpRequest.newBuilder(status).timeout(Duration.ofSeconds(1)).build();
	}

	@Override
	public Mono<?> call() {
		return this.client.call();
	}

	@Override
	public Connections connections() {
		try {
			return sum(JsonMapper.shared().readTree(this.http.send(this.status, BodyHandlers.ofString()).body()));
		}
		catch (IOException | JacksonException ex) {
			return UNKNOWN;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return UNKNOWN;
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
