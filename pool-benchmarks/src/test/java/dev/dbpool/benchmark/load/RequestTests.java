package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpServer;
import dev.dbpool.benchmark.Target;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RequestTests {

	private static final String PATH = "/api/products?name=like.%25an%20&tags=cs.%7Bred%7D";

	private final List<String> received = new CopyOnWriteArrayList<>();

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", (exchange) -> {
			this.received.add(exchange.getRequestURI().toASCIIString());
			exchange.sendResponseHeaders(200, -1);
			exchange.close();
		});
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/" })
	void aPathIsSentAsItIs(String slash) {
		URI url = URI.create("http://localhost:" + this.server.getAddress().getPort() + slash);
		String path = Settings.OPTIONS.parse("--path=" + PATH).path();
		for (ClientKind kind : List.of(ClientKind.BARE, ClientKind.POOLED)) {
			this.received.clear();
			try (LoadClient client = kind.create(new Target(url, "none", null), Request.path(path), 2)) {
				client.call().block();
			}
			assertThat(this.received).as(kind.title()).contains(PATH);
		}
	}

	@Test
	void aPathThatIsNotEncodedIsRejected() {
		for (String path : List.of("/a b", "/a?name=like.50%", "api", "/a#b", "/a{b}")) {
			assertThatExceptionOfType(ParameterException.class)
				.isThrownBy(() -> Settings.OPTIONS.parse("--path=" + path))
				.withMessageContaining("'" + path + "' is not an encoded path");
		}
	}

}
