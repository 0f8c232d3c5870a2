package dev.dbpool.transport;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * What a connection does with servers that send exact bytes at exact moments.
 */
@ExtendWith(BufferLeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
abstract class AnswerContract {

	private static final String HINTS = "HTTP/1.1 103 Early Hints\r\n\r\n";

	private final Queue<TestServer.Handler> handlers = new ConcurrentLinkedQueue<>();

	private final TestServer server = startServer((request, peer) -> {
		TestServer.Handler handler = this.handlers.poll();
		if (handler != null) {
			handler.handle(request, peer);
		}
		else {
			peer.answer("200 OK", request.path());
		}
	});

	private final TestEvents events = new TestEvents();

	private HttpConnector connector;

	private HttpConnection connection;

	abstract TestServer startServer(TestServer.Handler handler);

	abstract HttpConnector.Builder configure(HttpConnector.Builder builder);

	@BeforeEach
	void open() {
		this.connector = configure(HttpConnector.builder(this.server.url())).build();
		this.connection = this.connector.open(this.events).toCompletableFuture().join();
	}

	@AfterEach
	void close() throws IOException {
		this.connector.close(this.connection).toCompletableFuture().join();
		this.server.close();
	}

	@Test
	void informationalAnswersAreDroppedWheneverTheyArrive() {
		CountDownLatch received = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.send(HINTS + HINTS);
			received.await();
			peer.send("HTTP/1.1 102 Processing\r\n\r\n" + ok("/first"));
		});
		Mono<String> first = get("/first").doOnSubscribe((subscription) -> received.countDown());
		assertThat(first.block()).isEqualTo("/first");
		assertThat(get("/second").block()).isEqualTo("/second");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void anAnswerByteByByteIsTheSame() {
		String answer = HINTS + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n/first\r\n0\r\nX: 1\r\n\r\n";
		this.handlers.add((request, peer) -> {
			for (char next : answer.toCharArray()) {
				peer.send(String.valueOf(next));
			}
		});
		assertThat(get("/first").block()).isEqualTo("/first");
		assertThat(get("/second").block()).isEqualTo("/second");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void aSwitchOfProtocolsFails() {
		this.handlers.add((request, peer) -> peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"));
		assertThatException().isThrownBy(() -> get("/").block()).withCauseInstanceOf(ProtocolException.class);
		assertThat(this.connection.isOpen()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", "H", "\r\n", "junk" })
	void excessEndsTheConnectionAndTheAnswerIsDelivered(String excess) {
		this.handlers.add((request, peer) -> peer.send(ok("/first") + excess));
		assertThat(get("/first").block()).isEqualTo("/first");
		assertEndsByUnexpectedData();
	}

	@Test
	void excessIsFoundWhereverItIsSplit() {
		String second = ok("/wrong");
		for (int split = 0; split < second.length(); split += 5) {
			HttpConnection connection = this.connector.open(new TestEvents()).toCompletableFuture().join();
			String glued = second.substring(0, split);
			String rest = second.substring(split);
			this.handlers.add((request, peer) -> {
				peer.send(ok("/first") + glued);
				peer.send(rest);
			});
			WebClient client = client(connection);
			assertThat(client.get().uri("/first").retrieve().bodyToMono(String.class).block()).isEqualTo("/first");
			await().until(() -> !connection.isOpen());
			this.connector.close(connection);
		}
	}

	@Test
	void aByteOnAnIdleConnectionEndsIt() throws IOException {
		assertThat(get("/first").block()).isEqualTo("/first");
		this.server.peer(0).send("H");
		assertEndsByUnexpectedData();
	}

	/**
	 * The event loop is busy with the end of the answer while the excess arrives, and has
	 * not read it when the next request is made.
	 */
	@Test
	void dataThatArrivedBeforeARequestIsFoundBeforeTheRequestIsSent() {
		CountDownLatch sent = new CountDownLatch(1);
		CountDownLatch answered = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.send(ok("/first"));
			answered.await();
			peer.send(ok("/wrong"));
			sent.countDown();
		});
		Mono<String> second = get("/first").flatMap((answer) -> {
			answered.countDown();
			awaitUninterruptibly(sent);
			return get("/second");
		});
		assertThatException().isThrownBy(second::block).withCauseInstanceOf(ConnectionClosedException.class);
		assertThat(this.server.requests()).hasSize(1);
		assertEndsByUnexpectedData();
	}

	@Test
	void theEndOfASocketIsFoundBeforeTheNextRequestIsSent() {
		CountDownLatch closed = new CountDownLatch(1);
		CountDownLatch answered = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.send(ok("/first"));
			answered.await();
			peer.close();
			closed.countDown();
		});
		Mono<String> second = get("/first").flatMap((answer) -> {
			answered.countDown();
			awaitUninterruptibly(closed);
			return get("/second");
		});
		assertThatException().isThrownBy(second::block).withCauseInstanceOf(ConnectionClosedException.class);
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void anAnswerToHeadWithoutALengthRetiresTheConnection() {
		this.handlers.add((request, peer) -> peer.send("HTTP/1.1 200 OK\r\n\r\n"));
		client(this.connection).head().uri("/").retrieve().toBodilessEntity().block();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connector.isReusable(this.connection)).isFalse();
		await().until(() -> this.events.disconnections() > 0);
	}

	@Test
	void anAnswerBeforeTheEndOfTheRequestIsDelivered() {
		CountDownLatch answered = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.answer("413 Content Too Large", "too large");
			answered.countDown();
			peer.awaitEnd();
		});
		DataBuffer part = DefaultDataBufferFactory.sharedInstance.wrap(new byte[10]);
		Flux<DataBuffer> body = Flux.just(part).concatWith(Mono.never());
		String answer = client(this.connection).post()
			.uri("/")
			.body(body, DataBuffer.class)
			.exchangeToMono((response) -> response.bodyToMono(String.class)
				.map((text) -> response.statusCode().value() + " " + text))
			.block();
		assertThat(answer).isEqualTo("413 too large");
		await().until(() -> !this.connection.isOpen());
	}

	@ParameterizedTest
	@ValueSource(strings = { "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nab" })
	void anAnswerThatIsNotHttpFails(String answer) {
		this.handlers.add((request, peer) -> peer.send(answer));
		assertThatException().isThrownBy(() -> get("/").block())
			.satisfies((ex) -> assertThat(ex).hasStackTraceContaining(ProtocolException.class.getName()));
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	private void assertEndsByUnexpectedData() {
		await().until(() -> this.events.unexpectedDataSeen() == 1);
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connector.isReusable(this.connection)).isFalse();
		assertThatException().isThrownBy(() -> get("/next").block())
			.withCauseInstanceOf(ConnectionClosedException.class);
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String ok(String body) {
		return "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
	}

	private Mono<String> get(String path) {
		return client(this.connection).get().uri(path).retrieve().bodyToMono(String.class);
	}

	private WebClient client(HttpConnection connection) {
		return WebClient.builder()
			.clientConnector(connection.clientConnector())
			.baseUrl(this.server.url().toString())
			.build();
	}

}
