package dev.dbpool.transport;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

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

	private HttpConnection open(URI url) {
		return HttpConnector.builder(url)
			.sslContext(this.trusting)
			.build()
			.open(this.events)
			.toCompletableFuture()
			.join();
	}

}
