package dev.dbpool.transport;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.reactive.ClientHttpResponse;
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
class Http2ConnectionTests {

	private static final Duration PING_INTERVAL = Duration.ofMillis(50);

	private final TestCertificate certificate = TestCertificate.get();

	private final Queue<Http2TestServer.Handler> handlers = new ConcurrentLinkedQueue<>();

	private final List<Place> places = new CopyOnWriteArrayList<>();

	private LongSupplier nanoTime = System::nanoTime;

	private Http2TestServer server;

	private HttpConnector connector;

	@AfterEach
	void close() {
		this.places.forEach((place) -> this.connector.close(place.connection).toCompletableFuture().join());
		if (this.server != null) {
			await("sockets are closed").until(() -> this.server.socketsOpen() == 0);
			this.server.close();
		}
	}

	@Test
	void placesShareOneSocketAndOneProbe() {
		start(100);
		List<Place> opened = open(5);
		assertThat(opened).extracting((place) -> place.connection.protocol()).containsOnly("HTTP/2");
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.server.probes()).hasSize(1);
		for (Place place : opened) {
			assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
		}
		assertThat(this.connector.describe(opened.get(0).connection)).endsWith("HTTP/2");
	}

	@Test
	void placesThatAreOpenedTogetherShareOneSocket() {
		start(100);
		openTogether(20);
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(this.server.probes()).hasSize(1);
	}

	@Test
	void thoseThatWaitForASocketGetTheirPlacesInTheirOrder() {
		start(3);
		List<Place> opened = openTogether(9);
		List<String> sockets = opened.stream().map((place) -> this.connector.describe(place.connection)).toList();
		assertThat(sockets.stream().distinct()).hasSize(3);
		for (int i = 0; i < 9; i++) {
			assertThat(sockets.get(i)).as("socket of place %d", i).isEqualTo(sockets.get(i - i % 3));
		}
	}

	@Test
	void noneOvertakesThoseThatWaitForASocket() {
		useClock();
		start(3);
		open(3);
		List<CompletableFuture<HttpConnection>> waiting = new ArrayList<>();
		AtomicReference<CompletableFuture<HttpConnection>> late = new AtomicReference<>();
		this.server.whilePaused(() -> {
			for (int i = 0; i < 3; i++) {
				waiting.add(this.connector.open(new TestEvents()).toCompletableFuture());
			}
			waiting.get(1).thenRun(() -> late.set(this.connector.open(new TestEvents()).toCompletableFuture()));
		});
		List<String> sockets = waiting.stream().map((each) -> this.connector.describe(each.join())).toList();
		assertThat(sockets).containsOnly(sockets.get(0));
		await().until(() -> late.get() != null);
		assertThat(this.connector.describe(late.get().join())).isNotEqualTo(sockets.get(0));
		waiting.forEach((each) -> this.connector.close(each.join()));
		this.connector.close(late.get().join());
	}

	@Test
	void aPlaceForOneThatWaitsNoMoreIsClosed() {
		start(100);
		List<CompletableFuture<HttpConnection>> opening = new ArrayList<>();
		this.server.whilePaused(() -> {
			for (int i = 0; i < 2; i++) {
				opening.add(this.connector.open(new TestEvents()).toCompletableFuture());
			}
			opening.get(1).cancel(true);
		});
		this.connector.close(opening.get(0).join()).toCompletableFuture().join();
		await().until(() -> this.server.socketsOpen() == 0);
	}

	@Test
	void answersInAnyOrderReachTheirRequests() {
		List<Http2TestServer.Request> waiting = Collections.synchronizedList(new ArrayList<>());
		start(100, (request) -> {
			waiting.add(request);
			if (waiting.size() == 20) {
				Collections.shuffle(waiting);
				waiting.forEach((each) -> each.head(200, false));
				waiting.forEach((each) -> each.data("answer to ", false));
				Collections.shuffle(waiting);
				waiting.forEach((each) -> each.data(each.path(), true));
				waiting.clear();
			}
		});
		List<Place> opened = open(20);
		for (int round = 0; round < 20; round++) {
			int number = round;
			List<String> answers = Flux.range(0, 20)
				.flatMapSequential((i) -> opened.get(i).get("/" + number + "/" + i), 20)
				.collectList()
				.block();
			for (int i = 0; i < 20; i++) {
				assertThat(answers.get(i)).isEqualTo("answer to /" + number + "/" + i);
			}
		}
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void noMorePlacesThanTheServerPermits() {
		start(2);
		open(5);
		assertThat(this.server.socketsSeen()).isEqualTo(3);
	}

	@Test
	void noMorePlacesThanTheOwnBound() {
		start(1_000);
		open(Http2Connection.MAX_PLACES + 1);
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	@Test
	void aServerThatPermitsNoStreamsFailsTheOpening() {
		start(0);
		assertThatException().isThrownBy(this::open).withMessageContaining("permits no stream");
	}

	@Test
	void placesAboveALoweredLimitAreReplaced() {
		start(100);
		List<Place> opened = open(5);
		this.server.peer(0).permit(2);
		await().until(() -> opened.stream().filter((place) -> place.events.expiries() == 1).count() == 3);
		assertThat(opened).allMatch((place) -> place.events.disconnections() == 0);
		assertThat(opened).allMatch((place) -> place.get("/cars").block().equals("answer to /cars"));
		this.server.peer(0).permit(1);
		await().until(() -> opened.stream().filter((place) -> place.events.expiries() == 1).count() == 4);
		open();
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	@Test
	void requestsNameTheServerAndNoConnectionHeaders() {
		start(100);
		Place place = open();
		WebClient client = place.client.mutate().defaultHeader("Keep-Alive", "timeout=5").build();
		client.post()
			.uri("/cars?select=id")
			.header("Connection", "keep-alive")
			.header("Prefer", "return=minimal")
			.bodyValue("body")
			.retrieve()
			.bodyToMono(String.class)
			.block();
		client.post()
			.uri("/parts")
			.body(BodyInserters.fromDataBuffers(Flux.just("a", "b", "c")
				.map((part) -> DefaultDataBufferFactory.sharedInstance.wrap(part.getBytes(StandardCharsets.UTF_8)))))
			.retrieve()
			.bodyToMono(String.class)
			.block();
		Http2TestServer.Request whole = this.server.requests().get(0);
		assertThat(whole.headers().authority()).hasToString("localhost:" + this.server.url().getPort());
		assertThat(whole.headers().scheme()).hasToString("https");
		assertThat(whole.path()).isEqualTo("/cars?select=id");
		assertThat(whole.header("prefer")).isEqualTo("return=minimal");
		assertThat(whole.header("content-length")).isEqualTo("4");
		assertThat(whole.body()).isEqualTo("body");
		assertThat(this.server.requests().get(1).body()).isEqualTo("abc");
		for (Http2TestServer.Request request : this.server.requests()) {
			assertThat(request.headers().names()).extracting(Object::toString)
				.doesNotContain("connection", "keep-alive", "host", "transfer-encoding")
				.noneMatch((name) -> name.startsWith("x-http2"));
		}
	}

	@Test
	void answersHaveTheHeadersOfTheServerAlone() {
		this.handlers.add((request) -> {
			request.head(200, false, "content-type", "text/plain", "x-a", "1");
			request.data("text", true);
		});
		start(100);
		ResponseEntity<String> answer = open().client.get().uri("/").retrieve().toEntity(String.class).block();
		assertThat(answer.getHeaders().headerNames()).containsExactlyInAnyOrder("content-type", "x-a");
		assertThat(answer.getBody()).isEqualTo("text");
	}

	@ParameterizedTest
	@ValueSource(ints = { 100, 102, 103 })
	void informationalAnswersAreDropped(int status) {
		this.handlers.add((request) -> {
			request.head(status, false, "link", "</style.css>");
			request.head(status, false);
			request.answer(201, "created");
		});
		start(100);
		Place place = open();
		ResponseEntity<String> answer = place.client.get().uri("/").retrieve().toEntity(String.class).block();
		assertThat(answer.getStatusCode().value()).isEqualTo(201);
		assertThat(answer.getHeaders().headerNames()).doesNotContain("link");
		assertThat(answer.getBody()).isEqualTo("created");
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void anAnswerToHeadHasNoBodyAndKeepsTheConnection() {
		this.handlers.add((request) -> request.head(200, true, "x-a", "1"));
		start(100);
		Place place = open();
		assertThat(place.client.head().uri("/").retrieve().toBodilessEntity().block().getHeaders().getFirst("x-a"))
			.isEqualTo("1");
		assertThat(place.connection.isOpen()).isTrue();
	}

	@Test
	void aPlaceTakesTheNextRequestAfterAnErrorOfItsStream() {
		this.handlers.add((request) -> {
			request.head(200, false);
			request.data("half", false);
			request.reset(Http2Error.INTERNAL_ERROR);
		});
		start(100);
		Place place = open();
		assertThatException().isThrownBy(() -> place.get("/").block())
			.withStackTraceContaining("INTERNAL_ERROR")
			.withRootCauseInstanceOf(IOException.class)
			.isNotInstanceOf(ConnectionClosedException.class);
		assertThat(place.connection.exchangesInFlight()).isZero();
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@ParameterizedTest
	@ValueSource(ints = { 70_000, 200_000, 1_000_000 })
	void headThatIsTooLongFailsItsExchangeAlone(int length) {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.handlers.add(waiting::add);
		this.handlers.add((request) -> {
			request.head(200, false, "x-long", "x".repeat(length));
			request.data("body", true);
		});
		start(100);
		Place place = open();
		CompletableFuture<String> other = open().get("/other").toFuture();
		await().until(() -> waiting.size() == 1);
		assertThatException().isThrownBy(() -> place.get("/").block())
			.withRootCauseInstanceOf(TooLongHttpHeaderException.class)
			.withStackTraceContaining("The header fields of the answer are longer than 65536 bytes");
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
		waiting.get(0).answer(200, "other");
		assertThat(other.join()).isEqualTo("other");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void trailersThatAreTooLongFailTheirExchangeAlone() {
		this.handlers.add((request) -> {
			request.head(200, false);
			request.data("body", false);
			request.trailers("x-long", "x".repeat(200_000));
		});
		start(100);
		Place place = open();
		assertThatException().isThrownBy(() -> place.get("/").block())
			.withRootCauseInstanceOf(TooLongHttpHeaderException.class);
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.socketsSeen()).isOne();
	}

	@ParameterizedTest
	@EnumSource(names = { "REFUSED_STREAM", "HTTP_1_1_REQUIRED" })
	void aRefusedRequestCanBeRepeatedOnAnotherConnection(Http2Error error) {
		this.handlers.add((request) -> request.reset(error));
		start(100);
		Place place = open();
		Place other = open();
		assertThatException().isThrownBy(() -> place.get("/").block())
			.isInstanceOf(WebClientRequestException.class)
			.withCauseInstanceOf(ConnectionClosedException.class);
		await().until(() -> place.events.expiries() == 1);
		assertThat(place.connection.isOpen()).isFalse();
		assertThat(this.connector.isReusable(place.connection)).isFalse();
		assertThat(other.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(other.events.expiries()).isEqualTo((error == Http2Error.HTTP_1_1_REQUIRED) ? 1 : 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "read", "cancel", "close" })
	void anAnswerThatHasArrivedKeepsItsPlaceUntilItIsRead(String end) {
		this.handlers.add((request) -> request.answer(200, "small"));
		start(100);
		Place place = open();
		Place other = open();
		Answer answer = new Answer();
		HttpExchange first = exchange(place, "/first", answer);
		first.begin();
		await().until(() -> answer.status == 200);
		CompletableFuture<String> second = place.get("/second").toFuture();
		for (int i = 0; i < 5; i++) {
			other.get("/other").block();
		}
		assertThat(this.server.requests()).extracting(Http2TestServer.Request::path).doesNotContain("/second");
		assertThat(place.connection.exchangesInFlight()).isEqualTo(2);
		switch (end) {
			case "read" -> first.request(Long.MAX_VALUE);
			case "cancel" -> first.cancel();
			default -> this.connector.close(place.connection).toCompletableFuture().join();
		}
		if (end.equals("read")) {
			assertThat(second.join()).isEqualTo("answer to /second");
			assertThat(answer.ended).isCompletedWithValue("small");
			assertThat(place.get("/third").block()).isEqualTo("answer to /third");
		}
		else {
			assertThatException().isThrownBy(second::join)
				.withStackTraceContaining(ConnectionClosedException.class.getName());
			assertThat(answer.ended.isCompletedExceptionally()).isEqualTo(end.equals("close"));
			assertThat(place.connection.isOpen()).isFalse();
		}
		await().until(() -> place.connection.exchangesInFlight() == 0);
		assertThat(other.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void anAnswerThatHasArrivedOutlivesItsSocket() {
		this.handlers.add((request) -> request.answer(200, "small"));
		start(100);
		Place place = open();
		Answer answer = new Answer();
		HttpExchange exchange = exchange(place, "/", answer);
		exchange.begin();
		await().until(() -> answer.status == 200);
		open().get("/other").block();
		this.server.cutAll();
		await().until(() -> place.events.disconnections() == 1);
		exchange.request(1);
		assertThat(answer.ended.join()).isEqualTo("small");
		assertThat(place.connection.exchangesInFlight()).isZero();
	}

	@Test
	void anExchangeThatIsGivenUpLateDoesNoHarmToTheNext() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		start(100, waiting::add);
		Place place = open();
		Answer answer = new Answer();
		HttpExchange first = exchange(place, "/first", answer);
		first.request(Long.MAX_VALUE);
		first.begin();
		await().until(() -> waiting.size() == 1);
		waiting.get(0).answer(200, "first");
		answer.ended.join();
		CompletableFuture<String> second = place.get("/second").toFuture();
		await().until(() -> waiting.size() == 2);
		place.connection.abort(first);
		await().until(() -> place.events.expiries() == 1);
		waiting.get(1).answer(200, "second");
		assertThat(second.join()).isEqualTo("second");
		assertThat(place.connection.isOpen()).isFalse();
		assertThat(place.connection.exchangesInFlight()).isZero();
	}

	@Test
	void aProbeThatTimesOutEnds() throws Exception {
		AtomicLong now = useClock();
		start(100);
		Place place = open();
		awaitSilence(place);
		this.server.answerProbes((request) -> {
		});
		now.addAndGet(Duration.ofSeconds(2).toNanos());
		HttpConnector hasty = builder().responseTimeout(Duration.ofMillis(200)).build();
		assertThatException().isThrownBy(() -> hasty.validate(place.connection).toCompletableFuture().join())
			.withRootCauseInstanceOf(SocketTimeoutException.class);
		await().until(() -> place.connection.exchangesInFlight() == 0);
		assertThat(place.connection.isOpen()).isFalse();
		await().until(() -> this.server.probes().get(1).resetCode() == Http2Error.CANCEL.code());
	}

	@Test
	void aRequestWhoseHeadIsTooLongIsNotSent() {
		start(100);
		Place place = open();
		assertThatException()
			.isThrownBy(() -> place.client.get()
				.uri("/")
				.header("x-long", "x".repeat(1_100_000))
				.retrieve()
				.toBodilessEntity()
				.block())
			.isInstanceOf(EncodingException.class)
			.withMessageContaining("longer than the server accepts");
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void aSocketWithoutFurtherStreamsIsReplaced() throws Exception {
		start(100);
		Place place = open();
		Place other = open();
		Channel channel = place.connection.http2().orElseThrow().channel();
		channel.eventLoop()
			.submit(() -> channel.pipeline()
				.get(Http2FrameCodec.class)
				.connection()
				.local()
				.createStream(Integer.MAX_VALUE, false)
				.close())
			.get();
		assertThatException().isThrownBy(() -> place.get("/").block())
			.withCauseInstanceOf(ConnectionClosedException.class);
		await().until(() -> place.events.expiries() == 1 && other.events.expiries() == 1);
		assertThat(open().get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	@Test
	void requestsBehindTheLastOneOfAGoAwayCanBeRepeated() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		start(100, waiting::add);
		List<Place> opened = open(3);
		CompletableFuture<String> processed = opened.get(0).get("/1").toFuture();
		await().until(() -> waiting.size() == 1);
		CompletableFuture<String> unprocessed = opened.get(1).get("/2").toFuture();
		await().until(() -> waiting.size() == 2);
		this.server.peer(0).goAway(waiting.get(0).streamId(), Http2Error.NO_ERROR);
		assertThatException().isThrownBy(unprocessed::join)
			.withCauseInstanceOf(WebClientRequestException.class)
			.withRootCauseInstanceOf(IOException.class)
			.satisfies((failure) -> assertThat(isInGoodOrder(failure)).isTrue());
		assertThat(opened).allMatch((place) -> !place.connection.isOpen());
		assertThat(opened).allMatch((place) -> place.events.expiries() == 1 && place.events.disconnections() == 0);
		assertThat(this.connector.isReusable(opened.get(2).connection)).isFalse();
		assertThatException().isThrownBy(() -> opened.get(2).get("/3").block())
			.withCauseInstanceOf(ConnectionClosedException.class)
			.satisfies((failure) -> assertThat(isInGoodOrder(failure)).isTrue());
		waiting.get(0).answer(200, "late");
		assertThat(processed.join()).isEqualTo("late");
		open();
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	@ParameterizedTest
	@CsvSource({ "0, NO_ERROR", "1, ENHANCE_YOUR_CALM" })
	void aSocketThatIsEndedUnusedOrWithAnErrorIsNotEndedInGoodOrder(int lastStream, Http2Error error) {
		start(100, (request) -> request.peer().goAway(lastStream, error));
		Place place = open();
		assertThatException().isThrownBy(() -> place.get("/1").block())
			.satisfies((failure) -> assertThat(isInGoodOrder(failure)).isFalse());
	}

	private static boolean isInGoodOrder(Throwable failure) {
		Throwable cause = failure;
		while (!(cause instanceof ConnectionClosedException)) {
			cause = Objects.requireNonNull(cause.getCause(), "no ConnectionClosedException");
		}
		return ((ConnectionClosedException) cause).isInGoodOrder();
	}

	@Test
	void theLossOfTheSocketFailsTheExchangesOnItAlone() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		start(2, waiting::add);
		List<Place> opened = open(4);
		List<CompletableFuture<String>> answers = new ArrayList<>();
		for (Place place : opened) {
			answers.add(place.get("/" + answers.size()).toFuture());
			await().until(() -> waiting.size() == answers.size());
		}
		this.server.peer(0).close();
		for (int i = 0; i < 2; i++) {
			CompletableFuture<String> lost = answers.get(i);
			assertThatException().isThrownBy(lost::join)
				.withRootCauseInstanceOf(IOException.class)
				.satisfies((thrown) -> assertThat(thrown).hasStackTraceContaining("closed")
					.extracting((failure) -> failure.getCause().getCause())
					.isNotInstanceOf(ConnectionClosedException.class));
		}
		await().until(() -> opened.subList(0, 2).stream().allMatch((place) -> place.events.disconnections() == 1));
		waiting.subList(2, 4).forEach((request) -> request.answer(200, "answer"));
		assertThat(answers.subList(2, 4)).allMatch((answer) -> answer.join().equals("answer"));
		assertThat(opened.subList(2, 4)).allMatch((place) -> place.connection.isOpen());
	}

	@Test
	void aRequestThatIsGivenUpKeepsItsPlaceUntilTheAnswerArrives() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.handlers.add(waiting::add);
		start(100);
		Place place = open();
		Disposable call = place.get("/slow").subscribe();
		await().until(() -> waiting.size() == 1);
		call.dispose();
		assertThat(this.connector.isReusable(place.connection)).isFalse();
		CompletableFuture<Void> reset = this.connector.reset(place.connection).toCompletableFuture();
		assertThat(reset).isNotDone();
		waiting.get(0).answer(200, "too late");
		reset.join();
		assertThat(waiting.get(0).resetCode()).isEqualTo(-1);
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void aPlaceThatIsClosedResetsItsStreamAndKeepsTheSocket() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.handlers.add(waiting::add);
		start(100);
		Place place = open();
		Place other = open();
		CompletableFuture<String> answer = place.get("/slow").toFuture();
		await().until(() -> waiting.size() == 1);
		this.connector.close(place.connection).toCompletableFuture().join();
		assertThatException().isThrownBy(answer::join).withStackTraceContaining("closed by the pool");
		await().until(() -> waiting.get(0).resetCode() == Http2Error.CANCEL.code());
		assertThat(other.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.peer(0).isOpen()).isTrue();
	}

	@Test
	void aBodyThatIsGivenUpResetsItsStreamAndKeepsTheSocket() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.handlers.add((request) -> {
			waiting.add(request);
			request.head(200, false);
			request.data("part", false);
		});
		start(100);
		Place place = open();
		Place other = open();
		place.client.get()
			.uri("/")
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.doOnNext(DataBufferUtils::release)
			.blockFirst();
		await().until(() -> waiting.get(0).resetCode() == Http2Error.CANCEL.code());
		assertThat(place.connection.isOpen()).isFalse();
		await().until(() -> place.events.expiries() == 1);
		assertThat(other.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void anAnswerBeforeTheWholeRequestKeepsThePlace() {
		this.handlers.add((request) -> request.answer(413, "too large"));
		start(100);
		Place place = open();
		Flux<DataBuffer> endless = Flux
			.<DataBuffer>generate((sink) -> sink.next(DefaultDataBufferFactory.sharedInstance.wrap(new byte[1024])))
			.limitRate(1);
		String answer = place.client.post()
			.uri("/")
			.header("x-early", "true")
			.body(BodyInserters.fromDataBuffers(endless))
			.exchangeToMono((response) -> response.bodyToMono(String.class))
			.block();
		assertThat(answer).isEqualTo("too large");
		await().until(() -> place.connection.exchangesInFlight() == 0);
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void theRestOfARequestIsSentAfterTheHeadOfItsAnswer() {
		List<Http2TestServer.Request> received = new CopyOnWriteArrayList<>();
		Sinks.Many<DataBuffer> body = Sinks.many().unicast().onBackpressureBuffer();
		this.handlers.add((request) -> {
			received.add(request);
			request.head(200, false);
		});
		start(100);
		Place place = open();
		CompletableFuture<String> answer = place.client.post()
			.uri("/")
			.header("x-early", "true")
			.body(BodyInserters.fromDataBuffers(body.asFlux()))
			.exchangeToMono((response) -> {
				body.tryEmitNext(DefaultDataBufferFactory.sharedInstance.wrap("rest".getBytes(StandardCharsets.UTF_8)));
				body.tryEmitComplete();
				return response.bodyToMono(String.class);
			})
			.toFuture();
		await().until(() -> received.size() == 1 && received.get(0).body().equals("rest"));
		received.get(0).data("done", true);
		assertThat(answer.join()).isEqualTo("done");
		assertThat(place.get("/cars").block()).isEqualTo("answer to /cars");
	}

	@Test
	void aSlowReaderStopsNoOther() {
		String part = "x".repeat(16 * 1024);
		this.handlers.add((request) -> {
			request.head(200, false);
			for (int i = 0; i < 200; i++) {
				request.data(part, i == 199);
			}
		});
		start(100);
		Place slow = open();
		Place other = open();
		Mono<ClientHttpResponse> exchange = slow.connection.clientConnector()
			.connect(HttpMethod.GET, URI.create("/long"), (request) -> request.setComplete());
		StepVerifier.create(exchange.flatMapMany(ClientHttpResponse::getBody).map((buffer) -> {
			int length = buffer.readableByteCount();
			DataBufferUtils.release(buffer);
			return length;
		}).scan(0L, Long::sum), 1).expectNext(0L).then(() -> {
			for (int i = 0; i < 20; i++) {
				assertThat(other.get("/" + i).block()).isEqualTo("answer to /" + i);
			}
		})
			.thenRequest(Long.MAX_VALUE)
			.thenConsumeWhile((total) -> total < 200L * part.length())
			.expectNextCount(0)
			.thenConsumeWhile((total) -> true)
			.verifyComplete();
		assertThat(slow.connection.isOpen()).isTrue();
	}

	@Test
	void aLongBodyIsSentAsTheServerReadsIt() {
		this.handlers.add((request) -> request.answer(200, String.valueOf(request.body().length())));
		start(100);
		assertThat(open().client.post()
			.uri("/")
			.bodyValue("x".repeat(2_000_000))
			.retrieve()
			.bodyToMono(String.class)
			.block()).isEqualTo("2000000");
	}

	@Test
	void aServerThatAnswersNoPingIsLost() {
		AtomicLong now = useClock();
		start(100, (request) -> {
		}, (builder) -> builder.ping(PING_INTERVAL, PING_INTERVAL));
		List<Place> opened = open(2);
		this.server.answerPings(false);
		List<CompletableFuture<String>> answers = opened.stream().map((place) -> place.get("/").toFuture()).toList();
		await().until(() -> this.server.requests().size() == 2);
		await().until(() -> {
			now.addAndGet(PING_INTERVAL.toNanos());
			return answers.stream().allMatch(CompletableFuture::isDone);
		});
		for (CompletableFuture<String> answer : answers) {
			assertThatException().isThrownBy(answer::join)
				.withRootCauseInstanceOf(SocketTimeoutException.class)
				.withStackTraceContaining("PING");
		}
		assertThat(opened).allMatch((place) -> !place.connection.isOpen());
		await().until(() -> opened.stream().allMatch((place) -> place.events.disconnections() == 1));
	}

	@Test
	void aStatementThatTakesLongIsNoLostServer() throws Exception {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		AtomicLong now = useClock();
		start(100, this::answer, (builder) -> builder.ping(PING_INTERVAL, PING_INTERVAL));
		Place place = open();
		awaitSilence(place);
		this.handlers.add(waiting::add);
		Http2Connection shared = place.connection.http2().orElseThrow();
		CompletableFuture<String> answer = place.get("/").toFuture();
		await().until(() -> waiting.size() == 1);
		for (int ping = 1; ping <= 3; ping++) {
			int sent = ping;
			now.addAndGet(PING_INTERVAL.toNanos());
			await().until(() -> this.server.pings() == sent && !shared.loop().submit(shared::isPinging).get());
		}
		waiting.get(0).answer(200, "late");
		assertThat(answer.join()).isEqualTo("late");
	}

	@Test
	void aServerThatIsSilentInAnExchangeCostsItsPlace() {
		this.handlers.add((request) -> {
		});
		start(100);
		Place other = open();
		Place place = open();
		place.connection.responseTimeout(Duration.ofMillis(200));
		assertThatException().isThrownBy(() -> place.get("/").block())
			.withCauseInstanceOf(SocketTimeoutException.class);
		assertThat(other.get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(other.connection.isOpen()).isTrue();
		assertThat(this.server.socketsSeen()).isOne();
	}

	@Test
	void aValidationProbesTheSocketOnceForAllItsPlaces() throws Exception {
		AtomicLong now = useClock();
		start(100);
		List<Place> opened = open(4);
		opened.forEach((place) -> this.connector.validate(place.connection).toCompletableFuture().join());
		assertThat(this.server.probes()).as("none while it is fresh").hasSize(1);
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.server.answerProbes(waiting::add);
		awaitSilence(opened.get(0));
		now.addAndGet(Duration.ofSeconds(2).toNanos());
		List<CompletableFuture<Void>> validations = opened.stream()
			.map((place) -> this.connector.validate(place.connection).toCompletableFuture())
			.toList();
		await().until(() -> waiting.size() == 1);
		waiting.get(0).answer(200, "");
		validations.forEach(CompletableFuture::join);
		assertThat(this.server.probes()).as("one for all").hasSize(2);
		this.server.cutAll();
		await().until(() -> opened.stream().noneMatch((place) -> place.connection.isOpen()));
		assertThatException()
			.isThrownBy(() -> this.connector.validate(opened.get(0).connection).toCompletableFuture().join())
			.withRootCauseInstanceOf(IOException.class);
	}

	@Test
	void aValidationOutlivesThePlaceOnWhichItBegan() throws Exception {
		AtomicLong now = useClock();
		start(100);
		List<Place> opened = open(3);
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.server.answerProbes(waiting::add);
		awaitSilence(opened.get(0));
		now.addAndGet(Duration.ofSeconds(2).toNanos());
		List<CompletableFuture<Void>> validations = opened.stream()
			.map((place) -> this.connector.validate(place.connection).toCompletableFuture())
			.toList();
		await().until(() -> waiting.size() == 1);
		this.connector.close(opened.get(0).connection).toCompletableFuture().join();
		await().until(() -> waiting.size() == 2);
		waiting.get(1).answer(200, "");
		assertThat(validations.get(0)).failsWithin(Duration.ofSeconds(10));
		assertThat(validations.get(1)).succeedsWithin(Duration.ofSeconds(10));
		assertThat(validations.get(2)).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void theSocketIsReplacedAtTheEndOfItsLifetime() {
		start(100, this::answer, (builder) -> builder.maxLifetime(Duration.ofMillis(200)));
		List<Place> opened = openTogether(2);
		await().until(() -> opened.stream().allMatch((place) -> place.events.expiries() == 1));
		assertThat(open().get("/cars").block()).isEqualTo("answer to /cars");
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	@Test
	void aLeasedPlaceTakesRequestsAfterTheLifetimeOfItsSocket() {
		List<Http2TestServer.Request> waiting = new CopyOnWriteArrayList<>();
		this.handlers.add(waiting::add);
		start(100, this::answer, (builder) -> builder.maxLifetime(Duration.ofMillis(500)));
		Place place = open();
		CompletableFuture<String> early = place.get("/early").toFuture();
		CompletableFuture<String> next = place.get("/next").toFuture();
		await().until(() -> waiting.size() == 1 && place.events.expiries() == 1);
		waiting.get(0).answer(200, "early");
		assertThat(early.join()).isEqualTo("early");
		assertThat(next.join()).isEqualTo("answer to /next");
		assertThat(place.get("/late").block()).isEqualTo("answer to /late");
		assertThat(place.connection.isOpen()).isTrue();
		this.connector.reset(place.connection).toCompletableFuture().join();
		assertThat(this.server.socketsSeen()).isOne();
		assertThat(place.events.expiries()).isOne();
		assertThat(place.events.disconnections()).isZero();
		this.connector.close(place.connection).toCompletableFuture().join();
		await().until(() -> this.server.socketsOpen() == 0);
	}

	@Test
	void theSocketIsClosedWithItsLastPlace() {
		start(100);
		List<Place> opened = open(2);
		this.connector.close(opened.get(0).connection).toCompletableFuture().join();
		assertThat(this.server.socketsOpen()).isOne();
		this.connector.close(opened.get(1).connection).toCompletableFuture().join();
		await().until(() -> this.server.socketsOpen() == 0);
	}

	@Test
	void speaksHttp1IfTheServerDoesNotChooseHttp2() throws IOException {
		try (TestServer plain = TestServer.start(this.certificate.serverSockets(),
				(request, peer) -> peer.answer("200 OK", request.path()))) {
			HttpConnector connector = HttpConnector.builder(plain.url())
				.sslContext(this.certificate.trusting())
				.http2(Http2Mode.AUTO)
				.build();
			List<HttpConnection> opened = Flux.range(0, 3)
				.flatMap((i) -> Mono.fromCompletionStage(connector.open(new TestEvents())))
				.collectList()
				.block();
			assertThat(opened).extracting(HttpConnection::protocol).containsOnly("HTTP/1.1");
			assertThat(plain.socketsSeen()).isEqualTo(3);
			opened.forEach((connection) -> connector.close(connection).toCompletableFuture().join());
		}
	}

	@Test
	void aServerThatCannotBeReachedFailsAllThatWait() {
		try (RefusedPort port = new RefusedPort()) {
			HttpConnector connector = HttpConnector.builder(URI.create("https://localhost:" + port.number()))
				.sslContext(this.certificate.trusting())
				.http2(Http2Mode.AUTO)
				.build();
			List<CompletableFuture<HttpConnection>> opening = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				opening.add(connector.open(new TestEvents()).toCompletableFuture());
			}
			assertThat(opening).allSatisfy(
					(each) -> assertThatException().isThrownBy(each::join).withMessageContaining("connection refused"));
		}
	}

	private void answer(Http2TestServer.Request request) {
		Http2TestServer.Handler handler = this.handlers.poll();
		if (handler != null) {
			handler.handle(request);
		}
		else {
			request.answer(200, "answer to " + request.path());
		}
	}

	private static HttpExchange exchange(Place place, String path, Answer answer) {
		return place.connection.exchange("GET", path, new DefaultHttpHeaders(), null, answer);
	}

	private void start(int maxStreams) {
		start(maxStreams, this::answer);
	}

	private void start(int maxStreams, Http2TestServer.Handler handler) {
		start(maxStreams, handler, UnaryOperator.identity());
	}

	private void start(int maxStreams, Http2TestServer.Handler handler,
			UnaryOperator<HttpConnector.Builder> customizer) {
		this.server = Http2TestServer.start(this.certificate, maxStreams, handler);
		this.connector = new HttpConnector(customizer.apply(builder()), new ServerActivity(this.nanoTime));
	}

	private HttpConnector.Builder builder() {
		return HttpConnector.builder(this.server.url()).sslContext(this.certificate.trusting()).http2(Http2Mode.AUTO);
	}

	private Place open() {
		TestEvents events = new TestEvents();
		Place place = new Place(this.connector.open(events).toCompletableFuture().join(), events, this.server.url());
		this.places.add(place);
		return place;
	}

	private List<Place> open(int number) {
		List<Place> opened = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			opened.add(open());
		}
		return opened;
	}

	private List<Place> openTogether(int number) {
		List<CompletableFuture<HttpConnection>> opening = new ArrayList<>();
		List<TestEvents> events = new ArrayList<>();
		this.server.whilePaused(() -> {
			for (int i = 0; i < number; i++) {
				events.add(new TestEvents());
				opening.add(this.connector.open(events.get(i)).toCompletableFuture());
			}
		});
		List<Place> opened = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			opened.add(new Place(opening.get(i).join(), events.get(i), this.server.url()));
		}
		this.places.addAll(opened);
		return opened;
	}

	/**
	 * Returns when the server has sent all that it sends unasked, such as its SETTINGS,
	 * and the event loop has noted when.
	 */
	private static void awaitSilence(Place place) throws Exception {
		place.get("/").block();
		place.connection.http2().orElseThrow().loop().submit(() -> {
		}).get();
	}

	/**
	 * Lets the connections of the test read a clock that stands still.
	 */
	private AtomicLong useClock() {
		AtomicLong now = new AtomicLong();
		this.nanoTime = now::get;
		return now;
	}

	private static final class Answer implements ResponseListener {

		private final StringBuffer content = new StringBuffer();

		private final CompletableFuture<String> ended = new CompletableFuture<>();

		private volatile int status;

		@Override
		public void onHead(int status, HttpHeaders headers) {
			this.status = status;
		}

		@Override
		public void onContent(ByteBuf content) {
			this.content.append(content.toString(StandardCharsets.UTF_8));
		}

		@Override
		public void onComplete() {
			this.ended.complete(this.content.toString());
		}

		@Override
		public void onError(Throwable failure) {
			this.ended.completeExceptionally(failure);
		}

	}

	private static final class Place {

		private final HttpConnection connection;

		private final TestEvents events;

		private final WebClient client;

		Place(HttpConnection connection, TestEvents events, URI url) {
			this.connection = connection;
			this.events = events;
			this.client = WebClient.builder()
				.clientConnector(connection.clientConnector())
				.baseUrl(url.toString())
				.codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(-1))
				.build();
		}

		Mono<String> get(String path) {
			return this.client.get().uri(path).retrieve().bodyToMono(String.class);
		}

	}

}
