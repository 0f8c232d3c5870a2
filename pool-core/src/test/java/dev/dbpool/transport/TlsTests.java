package dev.dbpool.transport;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;

import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class TlsTests {

	private static ServerSocketFactory serverSockets;

	private static SslContext trusting;

	private final TestEvents events = new TestEvents();

	private TestServer server;

	@BeforeAll
	static void createCertificate(@TempDir Path directory) throws Exception {
		Path file = directory.resolve("localhost.p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "localhost", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
				"san=dns:localhost", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", "changeit")
			.redirectErrorStream(true)
			.start();
		assertThat(keytool.waitFor()).as(() -> output(keytool)).isZero();
		KeyStore keyStore = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			keyStore.load(in, "changeit".toCharArray());
		}
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(keyStore, "changeit".toCharArray());
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry("localhost", keyStore.getCertificate("localhost"));
		trust.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), null, null);
		serverSockets = context.getServerSocketFactory();
		trusting = SslContextBuilder.forClient().trustManager(trust).build();
	}

	@BeforeEach
	void startServer() {
		this.server = TestServer.start(serverSockets, (request, peer) -> peer.answer("200 OK", request.path()));
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
	void tellsThatTheServerClosedTheConnection() throws IOException {
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
				.sslContext(trusting)
				.connectTimeout(Duration.ofMillis(300))
				.build();
			assertThatException().isThrownBy(() -> connector.open(this.events).toCompletableFuture().join())
				.withCauseInstanceOf(IOException.class);
			silent.peer(0).awaitEnd();
		}
	}

	private HttpConnection open(URI url) {
		return HttpConnector.builder(url).sslContext(trusting).build().open(this.events).toCompletableFuture().join();
	}

	private static String output(Process process) {
		try {
			return new String(process.getInputStream().readAllBytes());
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
