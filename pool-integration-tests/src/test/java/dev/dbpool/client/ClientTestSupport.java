package dev.dbpool.client;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.transaction.TransactionSql;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients of a real server, one for each test class. It has the SQL of transactions in
 * two schemas, none of it in a third, and an old version in a fourth. After each test no
 * client may hold a lease or a connection any more.
 */
abstract class ClientTestSupport {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.schemas("public", "api", "bare", "old")
		.script("dev/dbpool/client/client-tests.sql", TransactionSql.RESOURCE, "dev/dbpool/client/transaction-api.sql",
				TransactionSql.RESOURCE, "dev/dbpool/client/transaction-tests.sql"));

	static final Duration PATIENCE = Duration.ofSeconds(10);

	private final List<PooledClient> clients = new ArrayList<>();

	final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	private PostgrestServer server;

	@BeforeEach
	void serverRuns(PostgrestServer server) {
		this.server = server;
		server.ensureRunning();
	}

	PostgrestServer server() {
		return this.server;
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

	/**
	 * A client whose connections are open already, so that a short limit of time is not
	 * used up by opening them.
	 */
	PooledClient openClient(int connections, UnaryOperator<PooledClientBuilder> customizer) {
		PooledClient client = client((builder) -> customizer.apply(connections(builder, connections))
			.lane(Lane.READ, (options) -> options.minConnections(connections))
			.lane(Lane.WRITE, (options) -> options.minConnections(connections)));
		awaitIdle(client, connections);
		return client;
	}

	static void awaitIdle(PooledClient client, int connections) {
		for (Lane lane : Lane.values()) {
			Awaitility.await().until(() -> client.pool(lane).snapshot().idle() == connections);
		}
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
