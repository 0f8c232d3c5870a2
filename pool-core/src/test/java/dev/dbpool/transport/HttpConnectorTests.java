package dev.dbpool.transport;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import io.netty.channel.EventLoop;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.ProxyProvider;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@ExtendWith(BufferLeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class HttpConnectorTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private final TestServer server = TestServer.start((request, peer) -> peer.answer("200 OK", "[]"));

	private final TestEvents events = new TestEvents();

	@AfterEach
	void stopServer() throws IOException {
		this.server.close();
	}

	@Test
	void opensASocketAndSendsTheProbeWithItsHeaders() {
		HttpHeaders headers = new HttpHeaders();
		headers.set("apikey", "key-1");
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.probe(HttpProbe.options("/rest/v1/?x=1").withHeaders(() -> headers))
			.build();
		HttpConnection connection = open(connector);
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.server.probes()).singleElement().satisfies((probe) -> {
			assertThat(probe.path()).isEqualTo("/rest/v1/?x=1");
			assertThat(probe.header("apikey")).isEqualTo("key-1");
		});
		assertThat(connection.isOpen()).isTrue();
		assertThat(connection.id()).isEqualTo(this.events.connectionId());
		assertThat(connection.exchangesInFlight()).isZero();
		assertThat(connection.localAddress())
			.hasValueSatisfying((address) -> assertThat(address.getPort()).isEqualTo(this.server.peer(0).port()));
	}

	@Test
	void doesNotCompleteBeforeTheProbeIsAnswered() {
		CountDownLatch answer = new CountDownLatch(1);
		this.server.answerProbes((request, peer) -> {
			answer.await();
			peer.answer("200 OK", "");
		});
		CompletableFuture<HttpConnection> opening = connector().open(this.events).toCompletableFuture();
		await().until(() -> this.server.probes().size() == 1);
		assertThat(opening).isNotDone();
		answer.countDown();
		assertThat(opening.join().isOpen()).isTrue();
	}

	@Test
	void takesAnErrorStatusForASignOfLife() {
		this.server.answerProbes((request, peer) -> peer.answer("503 Service Unavailable", "{}"));
		assertThat(open(connector()).isOpen()).isTrue();
	}

	@Test
	void failsToOpenAndClosesTheSocketWhenTheProbeDoesNotAcceptTheStatus() throws IOException {
		this.server.answerProbes((request, peer) -> peer.answer("503 Service Unavailable", "{}"));
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.probe(HttpProbe.options("/").aliveWhen((status) -> status < 500))
			.build();
		assertThatException().isThrownBy(() -> open(connector))
			.withCauseInstanceOf(IOException.class)
			.withMessageContaining("answered the probe OPTIONS / with status 503");
		this.server.peer(0).awaitEnd();
	}

	@Test
	void failsToOpenWhenNothingListens() {
		try (RefusedPort port = new RefusedPort()) {
			HttpConnector connector = HttpConnector.builder(URI.create("http://127.0.0.1:" + port.number())).build();
			assertThatException().isThrownBy(() -> open(connector)).withCauseInstanceOf(ConnectException.class);
		}
	}

	@Test
	void failsToOpenWhenTheProbeIsNeverAnswered() throws IOException {
		this.server.answerProbes((request, peer) -> peer.awaitEnd());
		HttpConnector connector = HttpConnector.builder(this.server.url()).connectTimeout(SHORT).build();
		assertThatException().isThrownBy(() -> open(connector))
			.withCauseInstanceOf(SocketTimeoutException.class)
			.withMessageContaining("did not answer the probe OPTIONS /");
		this.server.peer(0).awaitEnd();
	}

	@Test
	void failsToOpenWhenTheAnswerToTheProbeNeverEnds() {
		this.server.answerProbes((request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
			while (true) {
				peer.send("x");
			}
		});
		HttpConnector connector = HttpConnector.builder(this.server.url()).connectTimeout(SHORT).build();
		assertThatException().isThrownBy(() -> open(connector)).withCauseInstanceOf(SocketTimeoutException.class);
	}

	@Test
	void failsToOpenWhenTheServerClosesDuringTheProbe() {
		this.server.answerProbes((request, peer) -> peer.close());
		assertThatException().isThrownBy(() -> open(connector())).withCauseInstanceOf(IOException.class);
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void failsToOpenWhenTheServerAnnouncesToCloseAfterTheProbe() {
		this.server.answerProbes(
				(request, peer) -> peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
		assertThatException().isThrownBy(() -> open(connector()))
			.withCauseInstanceOf(IOException.class)
			.satisfies((ex) -> assertThat(ex.getCause()).isNotInstanceOf(ConnectionClosedException.class))
			.withMessageContaining("answered the probe OPTIONS / and closed the connection");
	}

	@Test
	void opensWithoutAProbeWhenTheServerClosesEachConnectionAfterIt() {
		this.server.answerProbes(
				(request, peer) -> peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
		HttpConnector connector = connector();
		assertThatException().isThrownBy(() -> open(connector));
		assertThatException().isThrownBy(() -> open(connector));
		HttpConnection third = open(connector);
		HttpConnection fourth = open(connector);
		assertThat(third.isOpen()).isTrue();
		assertThat(this.server.probes()).hasSize(3);
		connector.validate(fourth).toCompletableFuture().join();
		assertThat(this.server.probes()).hasSize(3);
	}

	@Test
	void opensWithoutAProbeWhileTheServerAnswersOnAnotherConnection() {
		AtomicLong now = new AtomicLong();
		HttpConnector connector = connector(new ServerActivity(now::get));
		open(connector);
		HttpConnection second = open(connector);
		assertThat(second.isOpen()).isTrue();
		assertThat(this.server.probes()).hasSize(1);
		now.addAndGet(Duration.ofSeconds(2).toNanos());
		open(connector);
		assertThat(this.server.probes()).hasSize(2);
	}

	@Test
	void theServerIsAnsweringAsSoonAsTheProbeIsAnswered() {
		CountDownLatch answer = new CountDownLatch(1);
		this.server.answerProbes((request, peer) -> {
			answer.await();
			peer.answer("200 OK", "");
		});
		ServerActivity activity = new ServerActivity(() -> 0);
		CompletableFuture<Boolean> answering = connector(activity).open(this.events)
			.thenApply((connection) -> activity.isAnswering())
			.toCompletableFuture();
		answer.countDown();
		assertThat(answering.join()).isTrue();
	}

	@Test
	void probesAfterAConnectionWasLost() throws IOException {
		HttpConnector connector = connector(new ServerActivity(() -> 0));
		open(connector);
		this.server.cutAll();
		await().until(() -> this.events.disconnections() == 1);
		open(connector);
		assertThat(this.server.probes()).hasSize(2);
	}

	@Test
	void probesAfterAConnectionCouldNotBeOpened() {
		HttpConnector connector = connector(new ServerActivity(() -> 0));
		this.server.answerProbes((request, peer) -> peer.close());
		assertThatException().isThrownBy(() -> open(connector));
		assertThatException().isThrownBy(() -> open(connector));
		assertThat(this.server.probes()).hasSize(2);
	}

	@Test
	void probesByTheFallbackWhenTheServerDropsTheProbe() {
		this.server.answerProbes((request, peer) -> peer.close());
		HttpConnector connector = withFallback();
		for (int i = 0; i < 3; i++) {
			assertThatException().isThrownBy(() -> open(connector)).withMessageContaining("OPTIONS /");
		}
		HttpConnection connection = open(connector);
		assertThat(connection.isOpen()).isTrue();
		assertThat(this.server.requests()).singleElement()
			.satisfies((request) -> assertThat(request.path()).isEqualTo("/cheap"));
		connector.validate(connection).toCompletableFuture().join();
		assertThat(this.server.requests()).hasSize(2);
		assertThat(this.server.probes()).hasSize(3);
	}

	@Test
	void keepsTheProbeThatWasAnsweredOnce() throws IOException {
		HttpConnector connector = withFallback();
		open(connector);
		this.server.answerProbes((request, peer) -> peer.close());
		this.server.cutAll();
		await().until(() -> this.events.disconnections() == 1);
		for (int i = 0; i < 5; i++) {
			assertThatException().isThrownBy(() -> open(connector));
		}
		assertThat(this.server.requests()).isEmpty();
	}

	private HttpConnector withFallback() {
		return HttpConnector.builder(this.server.url()).fallbackProbe(HttpProbe.of(HttpMethod.GET, "/cheap")).build();
	}

	@Test
	void failsToOpenWhenTheHeadersOfTheProbeCannotBeMade() {
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.probe(HttpProbe.options("/").withHeaders(() -> {
				throw new IllegalStateException("no key");
			}))
			.build();
		assertThatException().isThrownBy(() -> open(connector)).withCauseInstanceOf(IllegalStateException.class);
		assertThat(this.server.probes()).isEmpty();
	}

	@Test
	void closesTheSocketWhenOpeningIsCancelled() throws IOException {
		this.server.answerProbes((request, peer) -> peer.awaitEnd());
		CompletableFuture<HttpConnection> opening = connector().open(this.events).toCompletableFuture();
		await().until(() -> this.server.probes().size() == 1);
		opening.cancel(true);
		this.server.peer(0).awaitEnd();
	}

	@Test
	void spreadsConnectionsThatAreOpenedOnOneEventLoopOverAsManyAsThereAreProcessors() {
		LoopResources loops = LoopResources.create("spread", 1, 4, true, true);
		Set<EventLoop> used = ConcurrentHashMap.newKeySet();
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.loopResources(loops)
			.httpClientCustomizer(
					(client) -> client.doOnChannelInit((observer, channel, address) -> used.add(channel.eventLoop())))
			.build();
		CompletableFuture
			.supplyAsync(() -> IntStream.range(0, 4)
				.mapToObj((i) -> connector.open(new TestEvents()).toCompletableFuture())
				.toList(), connector.executor())
			.join()
			.forEach(CompletableFuture::join);
		assertThat(used).hasSize(Math.min(4, Runtime.getRuntime().availableProcessors()));
		loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
	}

	/**
	 * On another thread the channel could be through its handshake, and have received
	 * what follows that, before the connector listens.
	 */
	@Test
	void connectsOnTheEventLoopOfTheChannel() {
		Queue<Thread> connecting = new ConcurrentLinkedQueue<>();
		Queue<EventLoop> loops = new ConcurrentLinkedQueue<>();
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.bindAddress(() -> {
				connecting.add(Thread.currentThread());
				return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
			}).doOnChannelInit((observer, channel, address) -> loops.add(channel.eventLoop())))
			.build();
		for (int i = 0; i < 8; i++) {
			open(connector);
		}
		assertThat(loops).hasSize(8)
			.zipSatisfy(connecting, (loop, thread) -> assertThat(loop.inEventLoop(thread)).isTrue());
	}

	@Test
	void triesTheNextAddressOfAHostWhenOneRefuses() {
		try (RefusedPort port = new RefusedPort()) {
			InetSocketAddress refusing = new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number());
			InetSocketAddress serving = new InetSocketAddress(InetAddress.getLoopbackAddress(),
					this.server.url().getPort());
			HttpConnector connector = HttpConnector.builder(this.server.url())
				.httpClientCustomizer((client) -> client.resolver(new FixedAddresses(List.of(refusing, serving))))
				.build();
			HttpConnection connection = open(connector);
			assertThat(connection.isOpen()).isTrue();
			connector.close(connection);
		}
	}

	@Test
	void connectsThroughAProxy() throws IOException {
		try (ConnectProxy proxy = new ConnectProxy()) {
			HttpConnector connector = HttpConnector.builder(this.server.url())
				.httpClientCustomizer((client) -> client
					.proxy((spec) -> spec.type(ProxyProvider.Proxy.HTTP).host("127.0.0.1").port(proxy.port())))
				.build();
			HttpConnection connection = open(connector);
			assertThat(connection.isOpen()).isTrue();
			assertThat(proxy.target()).isEqualTo("CONNECT " + this.server.url().getAuthority() + " HTTP/1.1");
			connector.close(connection).toCompletableFuture().join();
		}
	}

	@Test
	void aConnectionThatAProxyRefusesIsNotOpen() throws IOException {
		try (ConnectProxy proxy = new ConnectProxy()) {
			HttpConnector connector = HttpConnector.builder(this.server.url())
				.httpClientCustomizer((client) -> client
					.proxy((spec) -> spec.type(ProxyProvider.Proxy.HTTP).host("127.0.0.1").port(proxy.port())))
				.build();
			HttpConnection connection = open(connector);
			proxy.refuse();
			assertThatException().isThrownBy(() -> open(connector)).withStackTraceContaining("503");
			connector.close(connection).toCompletableFuture().join();
		}
	}

	@Test
	void failsWithWhatASettingThrows() {
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.bindAddress(() -> {
				throw new IllegalStateException("no address to bind to");
			}))
			.build();
		assertThatException().isThrownBy(() -> open(connector)).withMessageContaining("no address to bind to");
	}

	@Test
	void validatesOnTheSameSocket() {
		HttpConnection connection = open(connector());
		connector().validate(connection).toCompletableFuture().join();
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.server.probes()).hasSize(2);
		assertThat(connection.exchangesInFlight()).isZero();
	}

	@Test
	void doesNotValidateAClosedConnection() throws IOException {
		HttpConnection connection = open(connector());
		this.server.peer(0).close();
		await().until(() -> !connection.isOpen());
		assertThatException().isThrownBy(() -> connector().validate(connection).toCompletableFuture().join())
			.withCauseInstanceOf(ConnectionClosedException.class);
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void doesNotValidateAConnectionWhoseServerDoesNotAnswer() {
		HttpConnection connection = open(connector());
		HttpConnector connector = HttpConnector.builder(this.server.url()).responseTimeout(SHORT).build();
		this.server.answerProbes((request, peer) -> peer.awaitEnd());
		assertThatException().isThrownBy(() -> connector.validate(connection).toCompletableFuture().join())
			.withCauseInstanceOf(IOException.class);
		await().until(() -> !connection.isOpen());
	}

	@Test
	void validatesWithItsOwnTimeoutWhateverTheLastLeaseHasSet() {
		HttpConnector connector = HttpConnector.builder(this.server.url()).connectTimeout(SHORT).build();
		HttpConnection connection = open(HttpConnector.builder(this.server.url()).build());
		connection.responseTimeout(Duration.ofMillis(1));
		this.server.answerProbes((request, peer) -> peer.awaitEnd());
		assertThatException().isThrownBy(() -> connector.validate(connection).toCompletableFuture().join())
			.withMessageContaining("did not answer the probe");
	}

	@Test
	void reportsImmediatelyThatTheServerClosedAnIdleConnection() throws IOException {
		HttpConnection connection = open(connector());
		this.server.peer(0).close();
		await().until(() -> this.events.disconnections() == 1);
		assertThat(connection.isOpen()).isFalse();
	}

	@Test
	void reportsImmediatelyThatTheServerResetAnIdleConnection() throws IOException {
		HttpConnection connection = open(connector());
		this.server.peer(0).reset();
		await().until(() -> this.events.disconnections() == 1);
		assertThat(connection.isOpen()).isFalse();
	}

	@Test
	void reportsThatTheServerClosedTheConnectionWhileItWasOpened() {
		this.server.answerProbes((request, peer) -> peer.close());
		assertThatException().isThrownBy(() -> open(connector()));
		await().until(() -> this.events.disconnections() == 1);
	}

	@Test
	void closesTheSocketWithoutCallingThatADisconnection() throws IOException {
		HttpConnection connection = open(connector());
		connector().close(connection).toCompletableFuture().join();
		assertThat(connection.isOpen()).isFalse();
		this.server.peer(0).awaitEnd();
		assertThat(this.events.disconnections()).isZero();
	}

	@Test
	void closesTwiceAndAfterTheServerWithoutHarm() throws IOException {
		HttpConnection connection = open(connector());
		this.server.peer(0).close();
		await().until(() -> !connection.isOpen());
		connector().close(connection).toCompletableFuture().join();
		connector().close(connection).toCompletableFuture().join();
		assertThat(connection.isOpen()).isFalse();
	}

	@Test
	void runsCallbacksOnAnEventLoop() {
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		LoopResources loops = LoopResources.create("callbacks");
		HttpConnector.builder(this.server.url())
			.loopResources(loops)
			.build()
			.executor()
			.execute(() -> thread.complete(Thread.currentThread()));
		assertThat(thread.join().getName()).startsWith("callbacks");
		loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
	}

	@Test
	void refusesACustomizerThatReturnsAnotherClient() {
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> HttpClient.create())
			.build();
		assertThatException().isThrownBy(() -> open(connector))
			.withMessageContaining("must return a client made from the one that it was given");
	}

	@Test
	void refusesTimeoutsThatAreNotPositive() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> HttpConnector.builder(this.server.url()).connectTimeout(Duration.ZERO))
			.withMessageContaining("connect timeout must be at least 1 ms, not PT0S");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> HttpConnector.builder(this.server.url()).responseTimeout(Duration.ofSeconds(-1)))
			.withMessageContaining("response timeout");
	}

	@Test
	void keepsTheHeadersOfTheProbeOutOfMessages() {
		HttpHeaders headers = HttpHeaders.readOnlyHttpHeaders(HttpHeaders.EMPTY);
		HttpHeaders secret = new HttpHeaders();
		secret.putAll(headers);
		secret.putAll(Map.of("apikey", List.of("secret-1")));
		this.server.answerProbes((request, peer) -> peer.answer("401 Unauthorized", "no"));
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.probe(HttpProbe.options("/?token=secret-2").withHeaders(() -> secret).aliveWhen((status) -> status == 200))
			.build();
		assertThat(connector.toString()).doesNotContain("secret");
		assertThatException().isThrownBy(() -> open(connector)).satisfies((ex) -> {
			assertThat(ex).hasStackTraceContaining("401");
			assertThat(org.assertj.core.util.Throwables.getStackTrace(ex)).doesNotContain("secret-");
		});
	}

	private HttpConnector connector() {
		return HttpConnector.builder(this.server.url()).build();
	}

	private HttpConnector connector(ServerActivity activity) {
		return new HttpConnector(HttpConnector.builder(this.server.url()), activity);
	}

	private HttpConnection open(HttpConnector connector) {
		return connector.open(this.events).toCompletableFuture().join();
	}

	private static final class FixedAddresses extends AddressResolverGroup<InetSocketAddress> {

		private final List<InetSocketAddress> addresses;

		FixedAddresses(List<InetSocketAddress> addresses) {
			this.addresses = addresses;
		}

		@Override
		protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
			return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {

				@Override
				protected boolean doIsResolved(InetSocketAddress address) {
					return !address.isUnresolved();
				}

				@Override
				protected void doResolve(InetSocketAddress unresolved, Promise<InetSocketAddress> promise) {
					promise.setSuccess(FixedAddresses.this.addresses.get(0));
				}

				@Override
				protected void doResolveAll(InetSocketAddress unresolved, Promise<List<InetSocketAddress>> promise) {
					promise.setSuccess(FixedAddresses.this.addresses);
				}

			};
		}

	}

	/**
	 * A proxy for one connection.
	 */
	private static final class ConnectProxy implements AutoCloseable {

		private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

		private final CompletableFuture<String> target = new CompletableFuture<>();

		private volatile boolean refusing;

		ConnectProxy() throws IOException {
			run(() -> {
				while (true) {
					Socket client = this.server.accept();
					run(() -> serve(client));
				}
			});
		}

		private void serve(Socket client) throws IOException {
			try (client) {
				StringBuilder received = new StringBuilder();
				while (received.indexOf("\r\n\r\n") < 0) {
					int next = client.getInputStream().read();
					if (next == -1) {
						return;
					}
					received.append((char) next);
				}
				if (this.refusing) {
					answer(client, "503 Service Unavailable");
					return;
				}
				String head = received.toString();
				this.target.complete(head.substring(0, head.indexOf('\r')));
				String authority = head.split(" ")[1];
				try (Socket target = new Socket("localhost",
						Integer.parseInt(authority.substring(authority.indexOf(':') + 1)))) {
					answer(client, "200 OK");
					run(() -> client.getInputStream().transferTo(target.getOutputStream()));
					target.getInputStream().transferTo(client.getOutputStream());
				}
			}
		}

		private static void answer(Socket client, String status) throws IOException {
			client.getOutputStream().write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
		}

		void refuse() {
			this.refusing = true;
		}

		private static void run(Callback task) {
			Thread thread = new Thread(() -> {
				try {
					task.run();
				}
				catch (IOException ex) {
					// the end of a socket
				}
			}, "proxy");
			thread.setDaemon(true);
			thread.start();
		}

		int port() {
			return this.server.getLocalPort();
		}

		String target() {
			return this.target.join();
		}

		@Override
		public void close() throws IOException {
			this.server.close();
		}

	}

	private interface Callback {

		void run() throws IOException;

	}

}
