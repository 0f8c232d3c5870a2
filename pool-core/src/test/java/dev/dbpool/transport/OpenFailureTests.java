package dev.dbpool.transport;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionException;

import javax.net.ServerSocketFactory;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Each failure to open a connection names what happened, where, and the setting to check,
 * and leaves nothing in the log: that is for the listener of the pool.
 */
@Isolated("records what Reactor Netty logs")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class OpenFailureTests {

	private final TestCertificate certificate = TestCertificate.get();

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final Logger reactorNetty = (Logger) LoggerFactory.getLogger("reactor.netty");

	@BeforeEach
	void record() {
		this.log.start();
		this.reactorNetty.addAppender(this.log);
	}

	@AfterEach
	void stopRecording() {
		this.reactorNetty.detachAppender(this.log);
	}

	@Test
	void refusedConnectionNamesHostAndPort() {
		try (RefusedPort port = new RefusedPort()) {
			assertThat(failure("http://127.0.0.1:" + port.number())).isEqualTo("connection refused by 127.0.0.1:"
					+ port.number() + ": check db.pool.url, and whether the server runs there");
		}
	}

	@Test
	void unknownHostIsNamed() {
		assertThat(failure("http://nowhere.invalid:8000"))
			.isEqualTo("host not found: nowhere.invalid: check db.pool.url");
	}

	@Test
	void plainRequestToATlsPortSaysToUseHttps() throws IOException {
		try (TestServer server = TestServer.start(this.certificate.serverSockets(),
				(request, peer) -> peer.answer("200 OK", ""))) {
			int port = server.url().getPort();
			assertThat(failure("http://localhost:" + port))
				.isEqualTo("localhost:" + port + " speaks TLS: use https:// in db.pool.url");
		}
	}

	@Test
	void tlsToAPlainPortSaysToUseHttp() throws IOException {
		try (ServerSocket server = new ServerSocket(0)) {
			answerEachConnection(server, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
			int port = server.getLocalPort();
			assertThat(failure("https://localhost:" + port))
				.isEqualTo("localhost:" + port + " does not speak TLS: use http://, or another port, in db.pool.url");
		}
	}

	@Test
	void handshakeThatTheServerClosesIsNamed() throws IOException {
		try (ServerSocket server = new ServerSocket(0)) {
			answerEachConnection(server, "");
			int port = server.getLocalPort();
			assertThat(failure("https://localhost:" + port)).isEqualTo("localhost:" + port
					+ " closed the connection during the TLS handshake: check scheme, host and port of db.pool.url");
		}
	}

	@Test
	void handshakeThatIsNotAnsweredIsNamed() throws IOException {
		try (TestServer silent = TestServer.start(ServerSocketFactory.getDefault(),
				(request, peer) -> peer.awaitEnd())) {
			assertThat(failure(builder(silent.url().toString()).connectTimeout(Duration.ofSeconds(2))))
				.isEqualTo("no answer to the TLS handshake by localhost:" + silent.url().getPort()
						+ " within 2 s: check db.pool.url, and use http:// if the server does not speak TLS");
		}
	}

	@Test
	void untrustedCertificateIsNamed() throws IOException {
		try (TestServer server = TestServer.start(this.certificate.serverSockets(),
				(request, peer) -> peer.answer("200 OK", ""))) {
			assertThat(failure(server.url().toString()))
				.startsWith("the certificate of localhost:" + server.url().getPort() + " is not trusted (")
				.contains("unable to find valid certification path")
				.endsWith("): check db.pool.url and the trusted certificates");
		}
	}

	@Test
	void certificateOfAnotherHostIsNamed() throws IOException {
		try (TestServer server = TestServer.start(this.certificate.serverSockets(),
				(request, peer) -> peer.answer("200 OK", ""))) {
			HttpConnector.Builder connector = builder("https://127.0.0.1:" + server.url().getPort())
				.sslContext(this.certificate.trusting());
			assertThat(failure(connector)).contains("127.0.0.1", "is not trusted", "alternative names",
					"check db.pool.url");
		}
	}

	@Test
	void connectionThatIsClosedInsteadOfAnAnswerIsNamed() throws IOException {
		try (TestServer server = TestServer.start((request, peer) -> peer.close())
			.answerProbes((request, peer) -> peer.close())) {
			int port = server.url().getPort();
			assertThat(failure(server.url().toString()))
				.isEqualTo("localhost:" + port + " closed the connection instead of answering the probe OPTIONS /: "
						+ "check scheme, host and port of db.pool.url");
		}
	}

	@Test
	void connectionThatIsResetInsteadOfAnAnswerIsNamed() throws IOException {
		try (TestServer server = TestServer.start((request, peer) -> peer.close())
			.answerProbes((request, peer) -> peer.reset())) {
			assertThat(failure(server.url().toString())).contains("localhost:" + server.url().getPort(), "check",
					"db.pool.url");
		}
	}

	@Test
	void answerThatIsNotHttpIsNamed() throws IOException {
		try (TestServer server = TestServer.start((request, peer) -> peer.close())
			.answerProbes((request, peer) -> peer.send("SSH-2.0-OpenSSH_9.6\r\n\r\n"))) {
			assertThat(failure(server.url().toString())).contains("localhost:" + server.url().getPort(), "check",
					"db.pool.url");
		}
	}

	@Test
	void probeThatIsNotAnsweredIsNamed() throws IOException {
		try (TestServer silent = TestServer.start((request, peer) -> peer.awaitEnd())
			.answerProbes((request, peer) -> peer.awaitEnd())) {
			assertThat(failure(builder(silent.url().toString()).connectTimeout(Duration.ofMillis(300))))
				.isEqualTo("http://localhost:" + silent.url().getPort()
						+ " did not answer the probe OPTIONS / within 600 ms: check db.pool.url, and the server there");
		}
	}

	@Test
	void settingIsTheBaseUrlUnlessItHasAName() {
		assertThat(failure(HttpConnector.builder(URI.create("http://nowhere.invalid"))))
			.isEqualTo("host not found: nowhere.invalid: check the base URL");
	}

	private String failure(String url) {
		return failure(builder(url));
	}

	private static HttpConnector.Builder builder(String url) {
		return HttpConnector.builder(URI.create(url)).urlName("db.pool.url");
	}

	private String failure(HttpConnector.Builder builder) {
		TestEvents events = new TestEvents();
		Throwable[] failure = new Throwable[1];
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> builder.build().open(events).toCompletableFuture().join())
			.satisfies((ex) -> failure[0] = ex.getCause());
		assertThat(failure[0]).isInstanceOf(IOException.class);
		assertThat(this.log.list).filteredOn((event) -> event.getLevel().isGreaterOrEqual(Level.WARN)).isEmpty();
		return failure[0].getMessage();
	}

	private static void answerEachConnection(ServerSocket server, String answer) {
		Thread thread = new Thread(() -> {
			try {
				while (true) {
					try (java.net.Socket peer = server.accept()) {
						peer.getInputStream().read(new byte[4096]);
						peer.getOutputStream().write(answer.getBytes());
					}
				}
			}
			catch (IOException ex) {
				// closed
			}
		});
		thread.setDaemon(true);
		thread.start();
	}

}
