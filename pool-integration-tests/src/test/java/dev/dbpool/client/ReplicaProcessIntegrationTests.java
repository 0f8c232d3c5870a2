package dev.dbpool.client;

import java.time.Duration;
import java.util.List;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.postgrest.value.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A read replica that is a process of its own, with a database of its own. It is killed,
 * frozen, and loses its database.
 */
@Tag("long")
@Timeout(120)
class ReplicaProcessIntegrationTests extends ClientTestSupport {

	private static final Duration BACK = Duration.ofSeconds(40);

	@Test
	void noReadFailsWhateverHappensToTheReplicaWhichIsUsedAgainAfterwards() {
		try (EmbeddedPostgrest other = EmbeddedPostgrest.builder().script("dev/dbpool/client/replica.sql").start()) {
			PooledClient client = connections(
					PooledClient.builder(server().url(), ApiKeys.withoutAnonKey(null)).restPath("/"), 4)
				.requestTimeout(Duration.ofSeconds(5))
				.readEndpoints(List.of(other.url()))
				.build();
			try {
				followReplica(client, other);
			}
			finally {
				client.close(Duration.ZERO).block(PATIENCE);
			}
		}
	}

	private static void followReplica(PooledClient client, EmbeddedPostgrest other) {
		ReadEndpoint replica = client.readEndpoints().get(0);
		awaitReadsOf(replica, client);

		other.postgrest().kill();
		read(client, 20);
		await().until(() -> !replica.isAvailable());
		assertThat(names(client)).doesNotContain("replica");
		other.postgrest().start();
		awaitReadsOf(replica, client);

		other.postgrest().pause();
		read(client, 10);
		assertThat(replica.isAvailable()).isFalse();
		other.postgrest().resume();
		awaitReadsOf(replica, client);

		other.postgres().kill();
		read(client, 20);
		other.ensureRunning();
		awaitReadsOf(replica, client);
	}

	private static void awaitReadsOf(ReadEndpoint replica, PooledClient client) {
		await().atMost(BACK).until(() -> names(client).contains("replica") && replica.isAvailable());
	}

	/**
	 * Reads a table that says on which database it is.
	 */
	private static List<String> names(PooledClient client) {
		return client.from("cars")
			.select("make")
			.eq("id", 1)
			.list(Row.class)
			.map((rows) -> rows.stream().map((row) -> String.valueOf(row.get("make"))).toList())
			.block(PATIENCE);
	}

	private static void read(PooledClient client, int times) {
		List<List<Row>> rows = Flux.range(0, times)
			.flatMap((number) -> client.from("cars").select("id").limit(10).list(Row.class), 4)
			.collectList()
			.block(PATIENCE.multipliedBy(3));
		assertThat(rows).hasSize(times);
	}

}
