package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.TestServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessResourceFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Answers that are not HTTP are a fault of the server.
 */
@Timeout(60)
@Tag("slow")
class ProtocolErrorTests {

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

	@ParameterizedTest
	@ValueSource(strings = { "garbage\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n[]",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n[]",
			"HTTP/1.1 101 Switching Protocols\r\n\r\n" })
	void aReadIsRepeatedAndAWriteIsNot(String answer) throws IOException {
		AtomicBoolean first = new AtomicBoolean(true);
		try (TestServer server = TestServer.start((request,
				peer) -> peer.send((first.getAndSet(false) || request.method().equals("POST")) ? answer : OK));
				PooledClient client = PooledClient.builder(server.url(), ApiKeys.withoutAnonKey(null))
					.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(1))
					.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(1))
					.interceptor(new RetryingInterceptor())
					.build()) {
			assertThat(client.from("t").select().list(Row.class).block(Duration.ofSeconds(30))).isEmpty();
			assertThat(server.requests()).hasSize(2);
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(() -> client.from("t").insert(Map.of("id", 1)).execute().block(Duration.ofSeconds(30)))
				.satisfies((failure) -> {
					OperationFailure operation = OperationFailure.in(failure).orElseThrow();
					assertThat(operation.attempts()).isOne();
					assertThat(operation.mayHaveRun()).isTrue();
				});
			assertThat(server.requests()).hasSize(3);
		}
	}

}
