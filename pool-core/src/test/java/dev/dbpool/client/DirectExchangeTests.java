package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.HttpFields;
import dev.dbpool.transport.TestServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

@Timeout(60)
@Tag("slow")
class DirectExchangeTests {

	private static final int ROWS = 40_000;

	private final CountDownLatch halfSent = new CountDownLatch(1);

	private final TestServer server = TestServer.start(this::answer);

	private final PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(1).releaseTimeout(Duration.ofMinutes(1)))
		.build();

	private void answer(TestServer.Request request, TestServer.Peer peer) throws IOException, InterruptedException {
		switch (request.path()) {
			case "/rest/v1/endless?select=*" -> {
				peer.send("HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 10000000\r\n\r\n"
						+ "<h1>gateway down</h1>" + " ".repeat(40_000));
				peer.awaitEnd();
			}
			case "/rest/v1/broken?select=*" -> {
				peer.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\n{\"code\":");
				peer.close();
			}
			case "/rest/v1/half?select=*" -> {
				peer.send(
						"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[{\"id\":1}");
				this.halfSent.countDown();
				peer.awaitEnd();
			}
			default -> {
				String rows = IntStream.range(0, ROWS)
					.mapToObj((id) -> "{\"id\":" + id + "}")
					.collect(Collectors.joining(",", "[", "]"));
				peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + rows.length()
						+ "\r\n\r\n" + rows);
			}
		}
	}

	@AfterEach
	void stop() throws IOException {
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	@Test
	void noMoreOfAnErrorIsReadThanIsNeeded() {
		assertThatException().isThrownBy(() -> list("endless"))
			.isInstanceOf(DataAccessException.class)
			.withMessageContaining("500")
			.withMessageContaining("gateway down");
		assertNothingIsLeased();
	}

	@Test
	void anErrorThatBreaksOffIsReportedByItsStatus() {
		assertThatException().isThrownBy(() -> list("broken"))
			.isInstanceOf(DataAccessException.class)
			.withMessageContaining("503")
			.withMessageContaining("its body was cut off");
		assertNothingIsLeased();
	}

	@Test
	void aLongAnswerIsReadOnAnotherThreadThanThatOfItsConnection() {
		String thread = this.client.from("long")
			.select("*")
			.list(Row.class)
			.map((rows) -> rows.size() + " " + Thread.currentThread().getName())
			.block();
		assertThat(thread).startsWith(ROWS + " parallel-");
	}

	@Test
	void whatIsThrownAtALongAnswerEndsItsOperation() {
		StepVerifier
			.create(this.client.read("GET /long", (db) -> db.from("long").select("*").list(Row.class).map((rows) -> {
				throw new StackOverflowError();
			})))
			.expectErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(DataAccessException.class)
				.hasRootCauseInstanceOf(StackOverflowError.class))
			.verify(Duration.ofSeconds(30));
		assertNothingIsLeased();
	}

	@Test
	void aCancelWhileAnAnswerArrivesClosesTheConnection() throws InterruptedException {
		Disposable reading = this.client.from("half").select("*").list(Row.class).subscribe();
		this.halfSent.await();
		reading.dispose();
		assertNothingIsLeased();
		assertThat(list("long")).hasSize(ROWS);
		assertThat(this.server.socketsSeen()).isEqualTo(2);
	}

	private List<?> list(String table) {
		return this.client.from(table).select("*").list(Row.class).block(Duration.ofSeconds(30));
	}

	private void assertNothingIsLeased() {
		Awaitility.await().until(() -> this.client.pool(Lane.READ).snapshot().active() == 0);
	}

	@Test
	void theFieldsOfAnIdentityAreThoseThatWereAskedForWhateverBecomesOfOthers() {
		DirectExchange.IdentityFields identities = new DirectExchange.IdentityFields();
		List<RequestHeaders> users = IntStream.range(0, 4)
			.mapToObj((user) -> RequestHeaders.of("apikey", "key", "Authorization", "Bearer " + user))
			.toList();
		List<CompletableFuture<Void>> callers = users.stream().map((user) -> CompletableFuture.runAsync(() -> {
			for (int i = 0; i < 20_000; i++) {
				HttpFields fields = identities.fields(user);
				assertThat(fields.get("Authorization")).isEqualTo(user.first("Authorization"));
				fields.set("Authorization", "Bearer of another request");
			}
		})).toList();
		assertThat(callers).allSatisfy((caller) -> assertThat(caller).succeedsWithin(Duration.ofSeconds(30)));
	}

}
