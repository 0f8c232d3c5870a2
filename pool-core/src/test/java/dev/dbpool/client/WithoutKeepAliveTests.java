package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.TestServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server, or a gateway before it, that closes each connection after one answer.
 */
@Timeout(60)
class WithoutKeepAliveTests {

	private static final String ROWS = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
			+ "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

	private static final String CREATED = "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

	private final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	private final TestServer server = TestServer.start(WithoutKeepAliveTests::answer)
		.answerProbes(WithoutKeepAliveTests::answer);

	private final PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(1).maxConnections(3))
		.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(2))
		.listener(this.outcomes::add)
		.build();

	@AfterEach
	void stop() throws IOException {
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	@Test
	void eachConnectionServesOneRequest() {
		Flux.range(0, 60).flatMap((i) -> this.client.from("t").select().list(Row.class), 10).blockLast();
		for (int i = 0; i < 20; i++) {
			this.client.from("t").insert(Map.of("id", i)).execute().block();
		}
		assertThat(this.outcomes).hasSize(80)
			.allSatisfy((outcome) -> assertThat(outcome.result()).isEqualTo(OperationOutcome.Result.SUCCESS))
			.allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
		assertThat(this.server.requests()).hasSize(80);
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().active() == 0);
		assertThat(this.client.pool(Lane.READ).snapshot().total()).isLessThanOrEqualTo(3);
	}

	private static void answer(TestServer.Request request, TestServer.Peer peer) throws IOException {
		peer.send(request.method().equals("POST") ? CREATED : ROWS);
		peer.close();
	}

}
