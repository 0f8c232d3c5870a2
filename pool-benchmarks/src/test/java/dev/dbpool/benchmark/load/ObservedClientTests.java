package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ObservedClientTests {

	private static final String POOLS = "{\"pools\":{\"default\":{\"lanes\":{\"read\":{\"total\":3,\"active\":2,"
			+ "\"pending\":1,\"created\":7},\"write\":{\"total\":1,\"active\":0,\"pending\":0,\"created\":1}}}}}";

	private volatile String answer = POOLS;

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", (exchange) -> {
			byte[] body = this.answer.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
	}

	@Test
	void connectionsAreTheLastKnownOnesWhileTheApplicationDoesNotAnswer() {
		LoadClient client = client();
		LoadClient.Connections both = new LoadClient.Connections(8, 4, 2, 1);
		assertThat(client.connections()).isEqualTo(both);
		this.answer = "busy";
		assertThat(client.connections()).isEqualTo(both);
		stop();
		assertThat(client.connections()).isEqualTo(both);
	}

	@Test
	void anAddressWithoutPoolsIsRejected() {
		this.answer = "{\"status\":404}";
		assertThatIllegalArgumentException().isThrownBy(this::client)
			.withMessageContainingAll("--pool-status=http://", "exposes the endpoint databasepool");
	}

	private LoadClient client() {
		URI url = URI.create("http://localhost:" + this.server.getAddress().getPort() + "/actuator/databasepool");
		return new ObservedClient(new LoadClient() {

			@Override
			public Mono<?> call() {
				return Mono.empty();
			}

			@Override
			public Connections connections() {
				return new Connections(0, 0, -1, -1);
			}

			@Override
			public void close() {
			}

		}, url);
	}

}
