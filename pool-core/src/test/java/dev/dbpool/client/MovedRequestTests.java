package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.ConnectionClosedFaults;
import dev.dbpool.transport.Http2Mode;
import dev.dbpool.transport.Http2TestServer;
import dev.dbpool.transport.TestCertificate;
import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessResourceFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Requests whose connection is closed before anything of them is sent. The server closes
 * it while the event loop is busy with the answer to the request before, so that nothing
 * but the last look at the socket can notice.
 */
@Timeout(60)
@Tag("slow")
class MovedRequestTests {

	private final List<OperationOutcome> outcomes = new CopyOnWriteArrayList<>();

	private final List<CloseReason> closed = new CopyOnWriteArrayList<>();

	private final CountDownLatch answered = new CountDownLatch(1);

	private final CountDownLatch gone = new CountDownLatch(1);

	private volatile boolean resets;

	private final TestServer server = TestServer.start(this::answer);

	private final PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(1).listener(new Reasons()))
		.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(1).listener(new Reasons()))
		.listener(this.outcomes::add)
		.build();

	@AfterEach
	void stop() throws IOException {
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("requests")
	void aRequestThatWasNotSentMovesToAnotherConnection(String name, Lane lane,
			Function<PooledClient, Mono<?>> request) {
		assertMoves(lane, request);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("requests")
	void aRequestThatWasNotSentBecauseOfAResetMovesToAnotherConnection(String name, Lane lane,
			Function<PooledClient, Mono<?>> request) {
		this.resets = true;
		assertMoves(lane, request);
	}

	private void assertMoves(Lane lane, Function<PooledClient, Mono<?>> request) {
		Mono<?> second = this.client.webClient(lane)
			.get()
			.uri("/rest/v1/first")
			.retrieve()
			.bodyToMono(String.class)
			.doOnNext((answer) -> awaitTheEndOfTheConnection())
			.flatMap((answer) -> request.apply(this.client));
		second.block();
		assertThat(this.server.requests()).hasSize(2);
		assertThat(this.server.socketsSeen()).isEqualTo(2);
		assertThat(this.outcomes).hasSize(2).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
	}

	static Stream<Arguments> requests() {
		return Stream.of(
				request("statement that reads", Lane.READ, (client) -> client.from("t").select().list(Row.class)),
				request("stream", Lane.READ, (client) -> client.from("t").select().stream(Row.class).collectList()),
				request("statement that writes", Lane.WRITE,
						(client) -> client.from("t").insert(Map.of("id", 1)).execute()),
				request("callback", Lane.WRITE,
						(client) -> client.write("callback", (db) -> db.from("t").insert(Map.of("id", 1)).execute())),
				request("exchange that reads", Lane.READ,
						(client) -> client.webClient().get().uri("/rest/v1/t").retrieve().toBodilessEntity()),
				request("exchange that writes", Lane.WRITE,
						(client) -> client.webClient()
							.post()
							.uri("/rest/v1/t")
							.bodyValue(Map.of("id", 1))
							.retrieve()
							.toBodilessEntity()));
	}

	private static Arguments request(String name, Lane lane, Function<PooledClient, Mono<?>> request) {
		return Arguments.of(name, lane, request);
	}

	@ParameterizedTest
	@EnumSource
	void aRequestMovesAsOftenAsThereMayBeConnectionsInBothLanes(LaneSharing sharing) {
		assertThat(requestsUntil(3, sharing)).as("moves to the last connection").isEqualTo(4);
		assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(() -> requestsUntil(4, sharing))
			.withStackTraceContaining("REFUSED_STREAM");
	}

	/**
	 * Reads from a server that refuses the first requests, with one connection in the
	 * read lane and two in the other.
	 * @return how many requests the server has received
	 */
	private static int requestsUntil(int refusals, LaneSharing sharing) {
		AtomicInteger received = new AtomicInteger();
		TestCertificate certificate = TestCertificate.get();
		try (Http2TestServer refusing = Http2TestServer.start(certificate, 100, (request) -> {
			if (received.incrementAndGet() <= refusals) {
				request.reset(Http2Error.REFUSED_STREAM);
			}
			else {
				request.head(200, false, "content-type", "application/json");
				request.data("[]", true);
			}
		});
				PooledClient client = PooledClient.builder(refusing.url(), ApiKeys.withoutAnonKey(null))
					.http2(Http2Mode.AUTO)
					.httpClient((http) -> http.secure((spec) -> spec.sslContext(certificate.trusting())))
					.laneSharing(sharing)
					.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(1))
					.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(2))
					.build()) {
			client.from("t").select().list(Row.class).block();
		}
		return received.get();
	}

	@Test
	void movesFromSocketsThatWereEndedInGoodOrderHaveACountOfTheirOwn() {
		Attempt attempt = new Attempt(1, RequestHeaders.NONE);
		for (int move = 0; move < 100 + 3; move++) {
			attempt.beginRequest();
			assertThat(attempt.moves(ConnectionClosedFaults.inGoodOrder(), 3)).isTrue();
		}
		attempt.beginRequest();
		assertThat(attempt.moves(ConnectionClosedFaults.inGoodOrder(), 3)).isFalse();
	}

	@Test
	void aSocketThatWasEndedInGoodOrderCountsIfEarlierRequestsAreRepeated() {
		Attempt attempt = new Attempt(1, RequestHeaders.NONE);
		attempt.beginRequest();
		attempt.beginRequest();
		assertThat(attempt.moves(ConnectionClosedFaults.inGoodOrder(), 1)).isTrue();
		attempt.beginRequest();
		attempt.beginRequest();
		assertThat(attempt.moves(ConnectionClosedFaults.inGoodOrder(), 1)).isFalse();
	}

	@Test
	void aStreamThatWasReadForARequestIsNotReadAgain() {
		Flux<String> body = Flux.just("a", "b");
		Mono<?> second = this.client.webClient(Lane.WRITE)
			.get()
			.uri("/rest/v1/first")
			.retrieve()
			.bodyToMono(String.class)
			.doOnNext((answer) -> awaitTheEndOfTheConnection())
			.flatMap((answer) -> this.client.webClient()
				.post()
				.uri("/rest/v1/t")
				.body(body, String.class)
				.retrieve()
				.toBodilessEntity());
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(second::block)
			.withStackTraceContaining("before the request was sent");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void aCallbackThatHasWrittenIsNotMoved() {
		Mono<?> callback = this.client.write("callback",
				(db) -> db.from("first")
					.insert(Map.of("id", 1))
					.execute()
					.then(Mono.fromRunnable(this::awaitTheEndOfTheConnection))
					.then(db.from("t").insert(Map.of("id", 2)).execute()));
		assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(callback::block)
			.satisfies((failure) -> assertThat(OperationFailure.in(failure).orElseThrow().mayHaveRun()).isTrue());
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void theConnectionOfAHeadWithoutALengthIsNotLeasedAgain() {
		this.answered.countDown();
		this.client.webClient().head().uri("/rest/v1/first").retrieve().toBodilessEntity().block();
		assertThat(this.client.from("t").select().list(Row.class).block()).isEmpty();
		assertThat(this.server.socketsSeen()).isEqualTo(2);
		assertThat(this.outcomes).hasSize(2).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
		assertThat(this.closed).containsExactly(CloseReason.DISCONNECTED);
	}

	@Test
	void aConnectionWithUnexpectedDataIsClosedForThatReason() {
		this.client.webClient().get().uri("/rest/v1/extra").retrieve().bodyToMono(String.class).block();
		assertThat(this.client.from("t").select().list(Row.class).block()).isEmpty();
		assertThat(this.server.socketsSeen()).isEqualTo(2);
		assertThat(this.closed).containsExactly(CloseReason.UNEXPECTED_DATA);
	}

	@Test
	void anOperationWaitsOnceForAConnectionThatCannotBeOpened() throws IOException {
		AtomicInteger waits = new AtomicInteger();
		try (TestServer closing = TestServer.start((request, peer) -> peer.close());
				PooledClient unreachable = PooledClient.builder(closing.url(), ApiKeys.withoutAnonKey(null))
					.lane(Lane.READ,
							(options) -> options.minConnections(0)
								.maxConnections(3)
								.acquireTimeout(Duration.ofSeconds(1))
								.listener(new PoolListener() {

									@Override
									public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
										waits.incrementAndGet();
									}

								}))
					.lane(Lane.WRITE, (options) -> options.minConnections(0))
					.build()) {
			closing.answerProbes((request, peer) -> peer.close());
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(() -> unreachable.from("t").select().list(Row.class).block());
		}
		assertThat(waits).hasValue(1);
	}

	private void answer(Request request, Peer peer) throws IOException, InterruptedException {
		String answer = switch (request.method()) {
			case "GET" -> "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
			case "HEAD" -> "HTTP/1.1 200 OK\r\n\r\n";
			default -> "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
		};
		peer.send(request.path().contains("extra") ? answer + "extra" : answer);
		if (request.path().contains("first")) {
			this.answered.await();
			if (this.resets) {
				peer.reset();
			}
			else {
				peer.close();
			}
			this.gone.countDown();
		}
	}

	private void awaitTheEndOfTheConnection() {
		this.answered.countDown();
		try {
			this.gone.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private final class Reasons implements PoolListener {

		@Override
		public void onConnectionClosed(long connectionId, CloseReason reason) {
			MovedRequestTests.this.closed.add(reason);
		}

	}

}
