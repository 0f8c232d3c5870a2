package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class TlsTests {

	private final ServerSocketFactory serverSockets = TestCertificate.get().serverSockets();

	private final SslContext trusting = TestCertificate.get().trusting();

	private final TestEvents events = new TestEvents();

	private TestServer server;

	@BeforeEach
	void startServer() {
		this.server = TestServer.start(this.serverSockets, (request, peer) -> peer.answer("200 OK", request.path()));
	}

	@AfterEach
	void stopServer() throws IOException {
		this.server.close();
	}

	@Test
	void makesExchangesOverOneSecureSocket() {
		HttpConnection connection = open(this.server.url());
		WebClient client = WebClient.builder()
			.clientConnector(connection.clientConnector())
			.baseUrl(this.server.url().toString())
			.build();
		for (int i = 0; i < 10; i++) {
			assertThat(client.get().uri("/" + i).retrieve().bodyToMono(String.class).block()).isEqualTo("/" + i);
		}
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(connection.isOpen()).isTrue();
	}

	@Test
	void reportsThatTheServerClosedTheConnection() throws IOException {
		HttpConnection connection = open(this.server.url());
		this.server.peer(0).close();
		await().until(() -> this.events.disconnections() == 1);
		assertThat(connection.isOpen()).isFalse();
	}

	@Test
	void failsToOpenWhenTheCertificateIsNotTrusted() {
		HttpConnector connector = HttpConnector.builder(this.server.url()).build();
		assertThatException().isThrownBy(() -> connector.open(this.events).toCompletableFuture().join())
			.withCauseInstanceOf(SSLException.class);
		assertThat(this.server.probes()).isEmpty();
	}

	@Test
	void failsToOpenWhenTheCertificateIsForAnotherHost() {
		URI other = URI.create("https://127.0.0.1:" + this.server.url().getPort());
		assertThatException().isThrownBy(() -> open(other)).withCauseInstanceOf(SSLException.class);
		assertThat(this.server.probes()).isEmpty();
	}

	@Test
	void failsToOpenWhenTheHandshakeIsNeverAnswered() throws IOException {
		try (TestServer silent = TestServer.start(ServerSocketFactory.getDefault(),
				(request, peer) -> peer.awaitEnd())) {
			HttpConnector connector = HttpConnector.builder(silent.url())
				.sslContext(this.trusting)
				.connectTimeout(Duration.ofMillis(300))
				.build();
			assertThatException().isThrownBy(() -> connector.open(this.events).toCompletableFuture().join())
				.withCauseInstanceOf(IOException.class);
			silent.peer(0).awaitEnd();
		}
	}

	@Test
	void aBodyThatTheEndOfTheSocketCutsOffFailsUnlessTlsHasEnded() throws IOException {
		TestServer.Handler handler = (request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\n\r\npart");
			peer.awaitEnd();
		};
		try (TestServer endless = TestServer.start(this.serverSockets, handler);
				ServerSocket relay = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			CompletableFuture<Socket> relayed = CompletableFuture
				.supplyAsync(() -> relay(relay, endless.url().getPort()));
			HttpConnection connection = open(URI.create("https://localhost:" + relay.getLocalPort()));
			StepVerifier
				.create(connection.clientConnector()
					.connect(HttpMethod.GET, URI.create("/"), (request) -> request.setComplete())
					.flatMapMany(ClientHttpResponse::getBody)
					.doOnNext(DataBufferUtils::release))
				.expectNextCount(1)
				.then(() -> close(relayed.join()))
				.expectError(EOFException.class)
				.verify(Duration.ofSeconds(30));
			assertThat(connection.isOpen()).isFalse();
			assertThat(connection.exchangesInFlight()).isZero();
		}
	}

	/**
	 * Accepts a socket and passes on what both sides send, which is TLS.
	 * @return the socket of the client
	 */
	private static Socket relay(ServerSocket relay, int port) {
		try {
			Socket client = relay.accept();
			Socket server = new Socket("127.0.0.1", port);
			pump(client, server);
			pump(server, client);
			return client;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void pump(Socket from, Socket to) {
		Thread thread = new Thread(() -> {
			try (from; to) {
				from.getInputStream().transferTo(to.getOutputStream());
			}
			catch (IOException ex) {
				// one side has closed it
			}
		});
		thread.setDaemon(true);
		thread.start();
	}

	private static void close(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private HttpConnection open(URI url) {
		return HttpConnector.builder(url)
			.sslContext(this.trusting)
			.build()
			.open(this.events)
			.toCompletableFuture()
			.join();
	}

}
