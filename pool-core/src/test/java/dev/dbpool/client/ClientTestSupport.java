package dev.dbpool.client;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.pool.PoolSnapshot;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients of a real server. After each test no client may hold a lease or a connection
 * any more.
 */
abstract class ClientTestSupport {

	static final String SCRIPT = "dev/dbpool/client/client-tests.sql";

	static final Duration PATIENCE = Duration.ofSeconds(10);

	private final List<PooledClient> clients = new ArrayList<>();

	final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	abstract PostgrestServer server();

	@BeforeEach
	void serverRuns() {
		server().ensureRunning();
	}

	PooledClient client() {
		return client((builder) -> builder);
	}

	PooledClient client(UnaryOperator<PooledClientBuilder> customizer) {
		return client(server().url(), customizer);
	}

	PooledClient client(URI url, UnaryOperator<PooledClientBuilder> customizer) {
		PooledClientBuilder builder = PooledClient.builder(url, ApiKeys.of(server().anonKey(), server().serviceKey()))
			.restPath("/")
			.requestTimeout(Duration.ofSeconds(5))
			.lane(Lane.READ, (options) -> options.acquireTimeout(PATIENCE))
			.lane(Lane.WRITE, (options) -> options.acquireTimeout(PATIENCE))
			.listener(this.outcomes::add);
		PooledClient client = customizer.apply(builder).build();
		this.clients.add(client);
		return client;
	}

	static PooledClientBuilder connections(PooledClientBuilder builder, int max) {
		for (Lane lane : Lane.values()) {
			builder.lane(lane,
					(options) -> options.minConnections(0)
						.acquireTimeout(PATIENCE)
						.maxConnections(max)
						.maxPending(1_000));
		}
		return builder;
	}

	@AfterEach
	void nothingIsLost() {
		for (PooledClient client : this.clients) {
			for (Lane lane : Lane.values()) {
				Awaitility.await()
					.untilAsserted(() -> assertThat(client.pool(lane).snapshot().active()).as("leases").isZero());
			}
			client.close(Duration.ZERO).block(Duration.ofSeconds(20));
			for (Lane lane : Lane.values()) {
				PoolSnapshot end = client.pool(lane).snapshot();
				assertThat(end.total()).as("connections").isZero();
				assertThat(end.acquired()).isEqualTo(end.released());
				assertThat(end.created()).isEqualTo(end.destroyed());
			}
		}
	}

	record Car(long id, String make, BigDecimal price) {

	}

	record Note(long id, String owner, String body) {

	}

	record Order(long id, long car_id, String reference) {

	}

}
