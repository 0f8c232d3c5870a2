package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for statements that go on at the server after their attempt has failed.
 */
@Timeout(60)
@Tag("slow")
class TimedOutStatementTests {

	private final CountDownLatch failed = new CountDownLatch(1);

	private final CountDownLatch ended = new CountDownLatch(1);

	private final TestServer server = TestServer.start(this::answer);

	private final PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(5).releaseTimeout(Duration.ofMinutes(1)))
		.interceptor(new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				return Mono.fromDirect(attempt)
					.doOnError((failure) -> TimedOutStatementTests.this.failed.countDown())
					.retry(1);
			}

		})
		.build();

	/**
	 * A read whose first attempt is given up by its callback.
	 */
	private CompletableFuture<List<Row>> read() {
		AtomicBoolean first = new AtomicBoolean(true);
		return this.client.read("long", (db) -> {
			Mono<List<Row>> rows = db.from("long").select().list(Row.class);
			return first.getAndSet(false) ? Mono.firstWithSignal(rows, givenUp()) : rows;
		}).toFuture();
	}

	private Mono<List<Row>> givenUp() {
		return Mono.fromRunnable(() -> await().until(() -> this.server.requests().size() == 1))
			.subscribeOn(Schedulers.boundedElastic())
			.then(Mono.error(new TimeoutException()));
	}

	private void answer(Request request, Peer peer) throws IOException, InterruptedException {
		if (request.path().startsWith("/rest/v1/long") && this.server.requests().size() == 1) {
			this.ended.await();
		}
		peer.answer("200 OK", "[]");
	}

	@AfterEach
	void stop() throws IOException {
		this.ended.countDown();
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	@Test
	void anAttemptWaitsUntilTheStatementOfTheLastOneHasEnded() throws Exception {
		CompletableFuture<List<Row>> read = read();
		this.failed.await();
		this.client.from("other").select().list(Row.class).block();
		assertThat(this.server.requests()).extracting(Request::path)
			.satisfiesExactly((path) -> assertThat(path).startsWith("/rest/v1/long"),
					(path) -> assertThat(path).startsWith("/rest/v1/other"));
		this.ended.countDown();
		assertThat(read.join()).isEmpty();
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void anAttemptDoesNotWaitForAConnectionThatIsClosed() throws Exception {
		CompletableFuture<List<Row>> read = read();
		this.failed.await();
		await().until(() -> this.client.pool(Lane.READ).snapshot().active() == 0);
		this.server.cutAll();
		assertThat(read.join()).isEmpty();
		assertThat(this.server.requests()).hasSize(2);
	}

}
