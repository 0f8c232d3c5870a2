package dev.dbpool.transport;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@ExtendWith(BufferLeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("slow")
@Order(1)
class HttpConnectionTests {

	private static final String HALF_A_BODY = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";

	private final Queue<TestServer.Handler> handlers = new ConcurrentLinkedQueue<>();

	private final TestServer server = TestServer.start((request, peer) -> {
		TestServer.Handler handler = this.handlers.poll();
		if (handler != null) {
			handler.handle(request, peer);
		}
		else {
			peer.answer("200 OK", "answer to " + request.path());
		}
	});

	private final TestEvents events = new TestEvents();

	private final HttpConnector connector = HttpConnector.builder(this.server.url()).build();

	private HttpConnection connection;

	private WebClient client;

	@BeforeEach
	void open() {
		this.connection = this.connector.open(this.events).toCompletableFuture().join();
		this.client = client(this.connection);
	}

	@AfterEach
	void close() throws IOException {
		this.connector.close(this.connection).toCompletableFuture().join();
		this.server.close();
	}

	@Test
	void sendsAllExchangesThroughItsOneSocket() {
		for (int i = 0; i < 20; i++) {
			assertThat(get("/" + i).block()).isEqualTo("answer to /" + i);
		}
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void namesOfHeaderFieldsAreThoseOfTheirAnswer() {
		for (List<String> names : List.of(List.of("X-A", "X-B"), List.of("X-B", "x-a"), List.of("X-C", "X-A"))) {
			this.handlers
				.add((request, peer) -> peer.send("HTTP/1.1 200 OK\r\n%s: 1\r\n%s: 2\r\nContent-Length: 0\r\n\r\n"
					.formatted(names.get(0), names.get(1))));
			HttpHeaders headers = this.client.get().uri("/").retrieve().toBodilessEntity().block().getHeaders();
			assertThat(headers.headerNames()).containsExactlyInAnyOrder(names.get(0), names.get(1), "Content-Length");
			assertThat(headers.getFirst(names.get(0))).isEqualTo("1");
			assertThat(headers.getFirst(names.get(1))).isEqualTo("2");
		}
	}

	@Test
	void anErrorThatASubscriberThrowsEndsItsExchange() {
		StepVerifier.create(this.connection.clientConnector()
			.connect(HttpMethod.GET, URI.create("/cars"), (request) -> request.setComplete())
			.map((answer) -> {
				throw new StackOverflowError();
			})).verifyError(StackOverflowError.class);
		await().until(() -> this.connection.exchangesInFlight() == 0);
	}

	@Test
	void theHolderGetsTheErrorThatASubscriberThrows() {
		List<Throwable> thrown = new CopyOnWriteArrayList<>();
		this.connection.heldBy(new ConnectionHolder() {

			@Override
			public boolean subscriberFailed(Throwable failure) {
				return thrown.add(failure);
			}

			@Override
			public void connectionClosing() {
				thrown.add(new IOException("closing"));
			}

			@Override
			public void connectionActive() {
			}

		});
		get("/").map((answer) -> {
			throw new StackOverflowError();
		}).subscribe();
		await().until(() -> thrown.size() == 1);
		assertThat(thrown.get(0)).isInstanceOf(StackOverflowError.class);
		assertThat(this.connection.exchangesInFlight()).isZero();
		this.connection.close();
		assertThat(thrown.get(1)).hasMessage("closing");
	}

	@Test
	void aRequestThatThrowsAnErrorEndsItsExchange() {
		StepVerifier.create(this.connection.clientConnector()
			.connect(HttpMethod.GET, URI.create("/cars"), (request) -> Mono.defer(() -> {
				throw new StackOverflowError();
			}))).verifyError(StackOverflowError.class);
		assertThat(this.connection.isOpen()).isFalse();
	}

	@Test
	void takesUrisWithoutAHost() {
		String answer = WebClient.builder()
			.clientConnector(this.connection.clientConnector())
			.build()
			.get()
			.uri("/cars?select=*")
			.retrieve()
			.bodyToMono(String.class)
			.block();
		assertThat(answer).isEqualTo("answer to /cars?select=*");
		assertThat(this.server.requests()).singleElement()
			.satisfies((request) -> assertThat(request.header("host")).isEqualTo(this.server.url().getAuthority()));
	}

	@Test
	void sendsConcurrentExchangesOneAfterTheOther() {
		AtomicInteger present = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		IntStream.range(0, 50).forEach((i) -> this.handlers.add((request, peer) -> {
			most.accumulateAndGet(present.incrementAndGet(), Math::max);
			present.decrementAndGet();
			peer.answer("200 OK", request.path());
		}));
		List<String> answers = Flux.range(0, 50).flatMapSequential((i) -> get("/" + i), 50).collectList().block();
		assertThat(answers).isEqualTo(IntStream.range(0, 50).mapToObj((i) -> "/" + i).toList());
		assertThat(this.server.requests().stream().map(TestServer.Request::path).toList()).isEqualTo(answers);
		assertThat(most).hasValue(1);
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void countsWaitingExchangesAsInFlight() {
		CountDownLatch answer = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			answer.await();
			peer.answer("200 OK", "");
		});
		CompletableFuture<Void> all = Mono.when(get("/1"), get("/2"), get("/3")).toFuture();
		await().until(() -> this.server.requests().size() == 1);
		assertThat(this.connection.exchangesInFlight()).isEqualTo(3);
		answer.countDown();
		all.join();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void countsNothingBeforeAnExchangeIsSubscribedTo() {
		get("/");
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	void refusesRequestsToAnotherServerWithoutSendingThem() {
		URI other = URI.create("http://127.0.0.1:1/cars?apikey=secret");
		StepVerifier
			.create(this.connection.clientConnector()
				.connect(HttpMethod.GET, other, (request) -> request.setComplete()))
			.verifyErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("http://127.0.0.1:1")
				.hasMessageNotContaining("secret"));
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void followsNoRedirect() throws IOException {
		try (TestServer other = TestServer.start((request, peer) -> peer.answer("200 OK", ""))) {
			this.handlers.add((request, peer) -> peer
				.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n"
					.formatted(other.url())));
			Integer status = this.client.get()
				.uri("/")
				.exchangeToMono((response) -> Mono.just(response.statusCode().value()))
				.block();
			assertThat(status).isEqualTo(307);
			assertThat(other.socketsSeen()).isZero();
		}
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void cannotBeMadeToFollowRedirectsByACustomizer() throws IOException {
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.followRedirect(true).disableRetry(false).keepAlive(false))
			.build();
		HttpConnection connection = connector.open(new TestEvents()).toCompletableFuture().join();
		this.handlers.add((request, peer) -> peer
			.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
		client(connection).get().uri("/first").retrieve().toBodilessEntity().block();
		assertThat(this.server.requests()).hasSize(1);
		assertThat(connection.isOpen()).isTrue();
		connector.close(connection);
	}

	@Test
	void keepsNoCookies() {
		this.handlers.add((request, peer) -> peer
			.send("HTTP/1.1 200 OK\r\nSet-Cookie: session=secret\r\nContent-Length: 0\r\n\r\n"));
		get("/1").block();
		get("/2").block();
		assertThat(this.server.requests()).last()
			.satisfies((request) -> assertThat(request.header("cookie")).isEmpty());
	}

	@Test
	void sendsARequestOnceWhenTheServerClosesInsteadOfAnswering() {
		this.handlers.add((request, peer) -> peer.close());
		StepVerifier.create(post("/orders"))
			.verifyErrorSatisfies((ex) -> assertThat(ex.getCause()).isInstanceOf(IOException.class)
				.isNotInstanceOf(ConnectionClosedException.class));
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
		await().until(() -> this.events.disconnections() == 1);
	}

	@Test
	void sendsARequestOnceWhenTheServerResetsInsteadOfAnswering() {
		this.handlers.add((request, peer) -> peer.reset());
		StepVerifier.create(post("/orders"))
			.verifyErrorSatisfies((ex) -> assertThat(ex.getCause()).isInstanceOf(IOException.class)
				.isNotInstanceOf(ConnectionClosedException.class));
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void failsWithoutSendingOnceTheServerHasClosedTheSocket() throws IOException {
		this.server.peer(0).close();
		await().until(() -> !this.connection.isOpen());
		StepVerifier.create(post("/orders")).verifyErrorSatisfies(HttpConnectionTests::isConnectionClosed);
		assertThat(this.server.requests()).isEmpty();
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void failsWithoutSendingOnceThePoolHasClosedTheConnection() {
		this.connector.close(this.connection).toCompletableFuture().join();
		StepVerifier.create(post("/orders")).verifyErrorSatisfies(HttpConnectionTests::isConnectionClosed);
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void neverOpensASecondSocketWhenTheServerClosesAtAnyMoment() throws IOException {
		List<String> refused = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			HttpConnection connection = HttpConnector.builder(this.server.url())
				.build()
				.open(new TestEvents())
				.toCompletableFuture()
				.join();
			int sockets = this.server.socketsSeen();
			TestServer.Peer peer = this.server.peer(sockets - 1);
			String path = "/orders/" + i;
			CompletableFuture<Throwable> outcome = client(connection).post()
				.uri(path)
				.bodyValue("{}")
				.retrieve()
				.bodyToMono(String.class)
				.then(Mono.<Throwable>empty())
				.onErrorResume(Mono::just)
				.toFuture();
			peer.close();
			Throwable failure = outcome.join();
			if (failure != null && failure.getCause() instanceof ConnectionClosedException) {
				refused.add(path);
			}
			assertThat(this.server.socketsSeen()).isEqualTo(sockets);
			assertThat(connection.exchangesInFlight()).isZero();
		}
		assertThat(this.server.requests()).extracting(TestServer.Request::path).doesNotContainAnyElementsOf(refused);
	}

	@Test
	void failsWaitingExchangesWithoutSendingThemWhenTheServerCloses() {
		CountDownLatch allWait = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			allWait.await();
			peer.close();
		});
		CompletableFuture<String> first = post("/1").toFuture();
		List<CompletableFuture<String>> others = IntStream.range(0, 1000)
			.mapToObj((i) -> post("/w").toFuture())
			.toList();
		allWait.countDown();
		assertThatException().isThrownBy(first::join);
		for (CompletableFuture<String> other : others) {
			assertThatException().isThrownBy(other::join)
				.havingCause()
				.satisfies(HttpConnectionTests::isConnectionClosed);
		}
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void failsWaitingExchangesAlsoWhenTheActiveOneIsNeverRead() throws IOException {
		this.handlers.add((request, peer) -> peer.send(HALF_A_BODY));
		connect("/").block();
		CompletableFuture<String> waiting = get("/waits").toFuture();
		this.server.peer(0).close();
		// the socket signals nothing to a reader without demand, so the pool closes
		// it
		this.connector.close(this.connection).toCompletableFuture().join();
		assertThatException().isThrownBy(waiting::join)
			.havingCause()
			.satisfies(HttpConnectionTests::isConnectionClosed);
	}

	@Test
	void isNotOpenOnceTheServerAnnouncesToCloseTheConnection() {
		this.handlers
			.add((request, peer) -> peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
		Boolean open = get("/").map((body) -> this.connection.isOpen()).block();
		assertThat(open).isFalse();
		assertThatReset(this.connector.reset(this.connection)).isCompletedExceptionally();
		await().until(() -> this.events.disconnections() == 1);
	}

	@Test
	void resetsImmediatelyWithoutAllocationWhenNothingIsInFlight() {
		get("/").block();
		CompletionStage<Void> reset = this.connector.reset(this.connection);
		assertThatReset(reset).isCompleted();
		assertThat(this.connector.reset(this.connection) == reset).isTrue();
	}

	@Test
	void canBeResetInTheVeryMomentInWhichABodyEnds() {
		for (int i = 0; i < 100; i++) {
			Integer inFlight = connect("/").flatMapMany(ClientHttpResponse::getBody)
				.doOnNext(DataBufferUtils::release)
				.then(Mono.fromCallable(this.connection::exchangesInFlight))
				.block();
			assertThat(inFlight).isZero();
		}
	}

	@Test
	void resetsWhenTheLastExchangeHasEnded() {
		CountDownLatch answer = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			answer.await();
			peer.send("67890");
		});
		CompletableFuture<Void> exchanges = Mono.when(get("/1"), get("/2")).toFuture();
		await().until(() -> this.server.requests().size() == 1);
		CompletableFuture<Void> reset = this.connector.reset(this.connection).toCompletableFuture();
		assertThat(reset).isNotDone();
		answer.countDown();
		reset.join();
		exchanges.join();
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void failsToResetWhenTheServerClosesDuringTheLastExchange() {
		CountDownLatch close = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			close.await();
			peer.close();
		});
		CompletableFuture<String> exchange = get("/").toFuture();
		CompletableFuture<Void> reset = this.connector.reset(this.connection).toCompletableFuture();
		close.countDown();
		assertThatException().isThrownBy(reset::join).withCauseInstanceOf(ConnectionClosedException.class);
		assertThatException().isThrownBy(exchange::join);
	}

	@Test
	void keepsAnExchangeInFlightWhoseBodyIsNotRead() {
		this.handlers.add((request, peer) -> peer.send(HALF_A_BODY));
		ClientHttpResponse response = connect("/").block();
		assertThat(response).isNotNull();
		assertThat(this.connection.exchangesInFlight()).isOne();
		assertThatReset(this.connector.reset(this.connection)).isNotDone();
		this.connector.close(this.connection).toCompletableFuture().join();
		assertThat(this.connection.isOpen()).isFalse();
	}

	@Test
	void failsToResetWhenABodyWasCancelledHalfWay() {
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.awaitEnd();
		});
		Flux<DataBuffer> body = connect("/").flatMapMany(ClientHttpResponse::getBody)
			.doOnNext(DataBufferUtils::release);
		StepVerifier.create(body, 1).expectNextCount(1).thenCancel().verify();
		assertThat(this.connection.isOpen()).isFalse();
		assertThatReset(this.connector.reset(this.connection)).isCompletedExceptionally();
		await().until(() -> this.events.disconnections() == 1);
	}

	@Test
	void closeFailsAReaderWithoutDemand() {
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
			peer.awaitEnd();
		});
		Flux<DataBuffer> body = connect("/").flatMapMany(ClientHttpResponse::getBody)
			.doOnNext(DataBufferUtils::release);
		StepVerifier.create(body, 1)
			.expectNextCount(1)
			.then(() -> this.connector.close(this.connection))
			.expectErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(IOException.class)
				.hasMessageContaining("closed by the pool"))
			.verify(Duration.ofSeconds(30));
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void closeFailsALateReaderWithoutDemand() {
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
			peer.awaitEnd();
		});
		ClientHttpResponse response = connect("/").block();
		assertThat(response).isNotNull();
		this.connector.close(this.connection).toCompletableFuture().join();
		StepVerifier.create(response.getBody(), 0).expectError(IOException.class).verify(Duration.ofSeconds(30));
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void closeReleasesABodyThatNoCallerReads() {
		UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(false);
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.option(ChannelOption.ALLOCATOR, buffers))
			.build();
		HttpConnection connection = connector.open(new TestEvents()).toCompletableFuture().join();
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.awaitEnd();
		});
		ClientHttpResponse response = connection.clientConnector()
			.connect(HttpMethod.GET, this.server.url(), (request) -> request.setComplete())
			.block();
		assertThat(response).isNotNull();
		await().until(() -> buffers.metric().usedHeapMemory() + buffers.metric().usedDirectMemory() > 0);
		connector.close(connection).toCompletableFuture().join();
		await().until(() -> buffers.metric().usedHeapMemory() + buffers.metric().usedDirectMemory() == 0);
		StepVerifier.create(response.getBody()).verifyError(IOException.class);
	}

	@Test
	void closeReleasesABodyThatNoCallerReadsOfAServerThatClosedBefore() {
		UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(false);
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.option(ChannelOption.ALLOCATOR, buffers))
			.build();
		HttpConnection connection = connector.open(new TestEvents()).toCompletableFuture().join();
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
			peer.close();
		});
		ClientHttpResponse response = connection.clientConnector()
			.connect(HttpMethod.GET, this.server.url(), (request) -> request.setComplete())
			.block();
		assertThat(response).isNotNull();
		await().until(() -> !connection.isOpen());
		connector.close(connection).toCompletableFuture().join();
		await().until(() -> buffers.metric().usedHeapMemory() + buffers.metric().usedDirectMemory() == 0);
		StepVerifier.create(response.getBody()).verifyError(IOException.class);
	}

	@Test
	void isNeverHandedOnOpenAfterACancel() {
		for (int i = 0; i < 100; i++) {
			HttpConnection connection = this.connector.open(new TestEvents()).toCompletableFuture().join();
			this.handlers.add((request, peer) -> {
				peer.send(HALF_A_BODY);
				peer.awaitEnd();
			});
			CountDownLatch reading = new CountDownLatch(1);
			Disposable exchange = connection.clientConnector()
				.connect(HttpMethod.GET, this.server.url(), (request) -> request.setComplete())
				.flatMapMany(ClientHttpResponse::getBody)
				.doOnNext(DataBufferUtils::release)
				.subscribe((buffer) -> reading.countDown());
			await().pollInterval(Duration.ofMillis(1)).until(() -> reading.getCount() == 0);
			exchange.dispose();
			boolean leasable = connection.isOpen()
					|| !this.connector.reset(connection).toCompletableFuture().isCompletedExceptionally();
			assertThat(leasable).as("cancelled connection %d could be leased", i).isFalse();
			this.connector.close(connection);
		}
	}

	@Test
	void isNeverHandedOnOpenAfterACancelAtAnyMoment() {
		for (int i = 0; i < 100; i++) {
			HttpConnection connection = this.connector.open(new TestEvents()).toCompletableFuture().join();
			WebClient client = client(connection);
			Disposable exchange = client.get().uri("/cancelled").retrieve().bodyToMono(String.class).subscribe();
			for (int spin = 0; spin < i * 300; spin++) {
				Thread.onSpinWait();
			}
			exchange.dispose();
			boolean clean = this.connector.reset(connection)
				.handle((nothing, ex) -> ex == null)
				.toCompletableFuture()
				.join();
			if (clean) {
				assertThat(client.get().uri("/next").retrieve().bodyToMono(String.class).block())
					.isEqualTo("answer to /next");
			}
			else {
				assertThat(connection.isOpen()).isFalse();
			}
			assertThat(connection.exchangesInFlight()).isZero();
			this.connector.close(connection);
		}
	}

	@Test
	void dropsTheAnswerOfAnExchangeThatWasCancelledBeforeItBegan() {
		CountDownLatch answer = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			answer.await();
			peer.answer("200 OK", "late");
		});
		this.handlers.add((request, peer) -> peer.answer("200 OK", "next"));
		Disposable exchange = get("/").subscribe();
		await().until(() -> this.server.requests().size() == 1);
		exchange.dispose();
		CompletableFuture<Void> reset = this.connection.whenIdle().toCompletableFuture();
		assertThat(reset).isNotDone();
		answer.countDown();
		reset.join();
		assertThat(get("/next").block()).isEqualTo("next");
	}

	@Test
	void staysOpenWhenAWaitingExchangeIsCancelled() {
		CountDownLatch answer = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			answer.await();
			peer.answer("200 OK", "first");
		});
		CompletableFuture<String> first = get("/first").toFuture();
		Disposable cancelled = get("/cancelled").subscribe();
		CompletableFuture<String> third = get("/third").toFuture();
		await().until(() -> this.server.requests().size() == 1);
		cancelled.dispose();
		assertThat(this.connection.exchangesInFlight()).isEqualTo(2);
		answer.countDown();
		assertThat(first.join()).isEqualTo("first");
		assertThat(third.join()).isEqualTo("answer to /third");
		assertThat(this.server.requests()).extracting(TestServer.Request::path).containsExactly("/first", "/third");
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void readsAndDropsTheBodyOfAResponseThatIsCancelledUnread() {
		this.handlers.add((request, peer) -> peer.answer("200 OK", "x".repeat(100_000)));
		AtomicReference<Subscription> subscription = new AtomicReference<>();
		connect("/").doOnSubscribe(subscription::set).block();
		assertThat(this.connection.exchangesInFlight()).isOne();
		subscription.get().cancel();
		await().until(() -> this.connection.exchangesInFlight() == 0);
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(get("/next").block()).isEqualTo("answer to /next");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void endsTheExchangeAndTheConnectionWhenTheBodyBreaksOff() {
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.close();
		});
		StepVerifier.create(get("/")).verifyError();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.connection.isOpen()).isFalse();
	}

	@Test
	void endsTheExchangeAndTheConnectionWhenTheRequestCannotBeWritten() {
		Mono<ClientHttpResponse> exchange = this.connection.clientConnector()
			.connect(HttpMethod.POST, this.server.url(), (request) -> Mono.error(new IllegalStateException("no body")));
		StepVerifier.create(exchange).verifyErrorMessage("no body");
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.server.requests()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "X-Note, a\\nb", "Host, evil.org" })
	void releasesTheBodyOfARequestThatIsRefused(String header, String value) {
		UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(false);
		HttpConnector connector = HttpConnector.builder(this.server.url())
			.httpClientCustomizer((client) -> client.option(ChannelOption.ALLOCATOR, buffers))
			.build();
		HttpConnection connection = connector.open(new TestEvents()).toCompletableFuture().join();
		StepVerifier.create(connection.clientConnector().connect(HttpMethod.POST, this.server.url(), (request) -> {
			request.getHeaders().add(header, value.replace("\\n", "\n"));
			DataBuffer body = request.bufferFactory().allocateBuffer(8);
			return request.writeWith(Mono.just(body.write("{}", StandardCharsets.UTF_8)));
		})).verifyError(IllegalArgumentException.class);
		assertThat(this.server.requests()).isEmpty();
		await().until(() -> buffers.metric().usedHeapMemory() + buffers.metric().usedDirectMemory() == 0);
	}

	@Test
	void refusesARequestAndWaitsForItsBodyNoLonger() {
		Sinks.One<String> body = Sinks.one();
		StepVerifier
			.create(this.client.post()
				.uri("/")
				.header("Host", "evil.org")
				.body(body.asMono(), String.class)
				.retrieve()
				.toBodilessEntity())
			.verifyError(WebClientRequestException.class);
		assertThat(body.currentSubscriberCount()).isZero();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.server.requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "DELETE" })
	void aRequestWithoutABodyHasNoLength(String method) {
		this.client.method(HttpMethod.valueOf(method))
			.uri("/")
			.header("Content-Length", "5")
			.retrieve()
			.toBodilessEntity()
			.block();
		assertThat(get("/next").block()).isEqualTo("answer to /next");
		assertThat(this.server.requests()).first()
			.satisfies((request) -> assertThat(request.header("content-length")).isEmpty());
	}

	@ParameterizedTest
	@CsvSource({ "12345GET /other HTTP/1.1, has more", "123, ends after 3" })
	void aBodyInPartsThatHasAnotherLengthThanItsHeaderSaysFails(String body, String reason) {
		this.handlers.add((request, peer) -> peer.awaitEnd());
		StepVerifier
			.create(this.client.post()
				.uri("/")
				.headers((headers) -> headers.setContentLength(5))
				.body(parts(body))
				.retrieve()
				.toBodilessEntity())
			.verifyErrorSatisfies(
					(failure) -> assertThat(failure).hasRootCauseInstanceOf(IllegalArgumentException.class)
						.hasStackTraceContaining(reason));
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.server.requests()).noneMatch((request) -> request.path().equals("/other"));
	}

	@Test
	void aBodyInPartsWithALengthIsSent() {
		this.client.post()
			.uri("/")
			.header("Content-Length", "5", "50")
			.body(parts("12345"))
			.retrieve()
			.toBodilessEntity()
			.block();
		assertThat(this.server.requests()).singleElement().satisfies((request) -> {
			assertThat(request.body()).isEqualTo("12345");
			assertThat(request.head()).containsOnlyOnce("content-length:").contains("content-length: 5\r\n");
		});
		assertThat(get("/next").block()).isEqualTo("answer to /next");
	}

	@Test
	void sendsTheRestOfARequestAfterTheHeadOfItsAnswer() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((head, peer) -> peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
		this.handlers.add((rest, peer) -> peer.send("4\r\ndone\r\n0\r\n\r\n"));
		Mono<String> answer = post(body).exchangeToMono((response) -> {
			body.tryEmitNext(buffer("the rest"));
			body.tryEmitComplete();
			return response.bodyToMono(String.class);
		});
		assertThat(answer.block(Duration.ofSeconds(30))).isEqualTo("done");
		assertThat(get("/next").block()).isEqualTo("answer to /next");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void failsWhenTheRestOfARequestFailsAfterTheHeadOfItsAnswer() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((request, peer) -> peer.send(HALF_A_BODY));
		Mono<String> answer = post(body).exchangeToMono((response) -> {
			body.tryEmitError(new IllegalStateException("no rest"));
			return response.bodyToMono(String.class);
		});
		StepVerifier.create(answer)
			.expectErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("no rest"))
			.verify(Duration.ofSeconds(30));
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void cancelsTheRestOfARequestThatIsAnswered() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((request, peer) -> peer.answer("200 OK", "done"));
		assertThat(post(body).retrieve().bodyToMono(String.class).block()).isEqualTo("done");
		await().until(() -> body.currentSubscriberCount() == 0);
	}

	@Test
	void cancelsTheRestOfARequestWhoseAnswerIsCancelled() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.awaitEnd();
		});
		StepVerifier.create(post(body).retrieve().bodyToFlux(DataBuffer.class).doOnNext(DataBufferUtils::release), 1)
			.expectNextCount(1)
			.thenCancel()
			.verify(Duration.ofSeconds(30));
		await().until(() -> body.currentSubscriberCount() == 0);
	}

	@Test
	void cancelsTheRestOfARequestWhoseAnswerIsNotRead() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.awaitEnd();
		});
		CompletableFuture<Void> answered = new CompletableFuture<>();
		StepVerifier.create(post(body).exchangeToMono((response) -> {
			answered.complete(null);
			return Mono.never();
		})).then(answered::join).thenCancel().verify(Duration.ofSeconds(30));
		await().until(() -> body.currentSubscriberCount() == 0);
		assertThat(this.connection.isOpen()).isFalse();
	}

	@Test
	void endsTheExchangeWhenTheServerRefusesARequestHalfWayAndFallsSilent() {
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.connection.responseTimeout(Duration.ofMillis(200));
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 10\r\n\r\n12345");
			peer.awaitEnd();
		});
		StepVerifier.create(post(body).exchangeToMono((response) -> response.bodyToMono(String.class)))
			.expectErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(SocketTimeoutException.class))
			.verify(Duration.ofSeconds(30));
		assertThat(this.connection.isOpen()).isFalse();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void readsABodyThatHasArrivedBeforeItIsAskedFor() {
		ClientHttpResponse response = connect("/late").block();
		assertThat(response).isNotNull();
		String body = DataBufferUtils.join(response.getBody()).map((buffer) -> {
			String text = buffer.toString(StandardCharsets.UTF_8);
			DataBufferUtils.release(buffer);
			return text;
		}).block();
		assertThat(body).isEqualTo("answer to /late");
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void isNotHarmedByASecondReaderOfABody() {
		ClientHttpResponse response = connect("/").block();
		assertThat(response).isNotNull();
		DataBufferUtils.join(response.getBody()).doOnNext(DataBufferUtils::release).block();
		StepVerifier.create(response.getBody()).verifyComplete();
		assertThat(this.connection.exchangesInFlight()).isZero();
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void isNotHarmedByASecondReaderWhileTheFirstReads() {
		CountDownLatch finish = new CountDownLatch(1);
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			finish.await();
			peer.send("67890");
		});
		ClientHttpResponse response = connect("/").block();
		assertThat(response).isNotNull();
		CompletableFuture<Long> first = response.getBody().doOnNext(DataBufferUtils::release).count().toFuture();
		StepVerifier.create(response.getBody()).verifyError(IllegalStateException.class);
		assertThat(this.connection.isOpen()).isTrue();
		assertThat(this.connection.exchangesInFlight()).isOne();
		finish.countDown();
		assertThat(first.join()).isPositive();
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void handlesAnswersWithoutABody() {
		this.handlers.add((request, peer) -> peer.send("HTTP/1.1 204 No Content\r\n\r\n"));
		this.client.delete().uri("/").retrieve().toBodilessEntity().block();
		this.handlers.add((request, peer) -> peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
		this.client.head().uri("/").retrieve().toBodilessEntity().block();
		assertThat(get("/next").block()).isEqualTo("answer to /next");
		assertThat(this.connection.exchangesInFlight()).isZero();
	}

	@Test
	void handlesAnInterimAnswer() {
		this.handlers.add((request, peer) -> {
			peer.send("HTTP/1.1 100 Continue\r\n\r\n");
			peer.answer("200 OK", "done");
		});
		assertThat(post("/").block()).isEqualTo("done");
		assertThat(this.connection.isOpen()).isTrue();
	}

	@Test
	void endsTheExchangeAndTheConnectionWhenTheServerFallsSilentHalfWay() {
		TestEvents events = new TestEvents();
		HttpConnection connection = this.connector.open(events).toCompletableFuture().join();
		connection.responseTimeout(Duration.ofMillis(200));
		this.handlers.add((request, peer) -> {
			peer.send(HALF_A_BODY);
			peer.awaitEnd();
		});
		StepVerifier.create(client(connection).get().uri("/").retrieve().bodyToMono(String.class))
			.verifyErrorSatisfies((ex) -> assertThat(ex).hasRootCauseInstanceOf(SocketTimeoutException.class));
		assertThat(connection.isOpen()).isFalse();
		assertThat(connection.exchangesInFlight()).isZero();
		await().until(() -> events.disconnections() == 1);
	}

	private WebClient.RequestHeadersSpec<?> post(Sinks.Many<DataBuffer> body) {
		return this.client.post().uri("/").body(BodyInserters.fromDataBuffers(body.asFlux()));
	}

	/**
	 * Returns a body of which each character is a part.
	 */
	private static BodyInserter<Flux<DataBuffer>, ReactiveHttpOutputMessage> parts(String body) {
		return BodyInserters.fromDataBuffers(Flux.fromArray(body.split("")).map(HttpConnectionTests::buffer));
	}

	private static DataBuffer buffer(String content) {
		return DefaultDataBufferFactory.sharedInstance.wrap(content.getBytes(StandardCharsets.UTF_8));
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(path).retrieve().bodyToMono(String.class);
	}

	private Mono<String> post(String path) {
		return this.client.post().uri(path).bodyValue("{}").retrieve().bodyToMono(String.class);
	}

	private Mono<ClientHttpResponse> connect(String path) {
		return this.connection.clientConnector()
			.connect(HttpMethod.GET, this.server.url().resolve(path), (request) -> request.setComplete());
	}

	private WebClient client(HttpConnection connection) {
		return WebClient.builder()
			.clientConnector(connection.clientConnector())
			.baseUrl(this.server.url().toString())
			.build();
	}

	private static org.assertj.core.api.CompletableFutureAssert<Void> assertThatReset(CompletionStage<Void> reset) {
		return assertThat(reset.toCompletableFuture());
	}

	private static void isConnectionClosed(Throwable ex) {
		assertThat(ex).isInstanceOf(WebClientRequestException.class)
			.hasCauseInstanceOf(ConnectionClosedException.class);
	}

}
