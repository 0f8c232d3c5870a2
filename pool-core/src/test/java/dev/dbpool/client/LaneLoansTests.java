package dev.dbpool.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the order in which statements borrow connections of the other lane.
 */
@Timeout(30)
@Tag("slow")
class LaneLoansTests {

	private final Map<String, CountDownLatch> answers = new ConcurrentHashMap<>();

	private final TestServer server = TestServer.start((request, peer) -> {
		answer(table(request)).await();
		peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]");
	});

	private final PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0).maxConnections(1))
		.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(2))
		.build();

	@AfterEach
	void stop() throws IOException {
		this.answers.values().forEach(CountDownLatch::countDown);
		this.client.close(Duration.ZERO).block();
		this.server.close();
	}

	@Test
	void noStatementOvertakesThoseThatWait() {
		CompletableFuture<List<Row>> own = sent("own");
		Mono<List<Row>> last = read("last");
		AtomicReference<CompletableFuture<List<Row>>> newcomer = new AtomicReference<>();
		read("borrower").doOnNext((rows) -> newcomer.set(last.toFuture())).subscribe();
		awaitSent("own", "borrower");
		CompletableFuture<List<Row>> first = read("first").toFuture();
		CompletableFuture<List<Row>> second = read("second").toFuture();
		end("borrower");
		awaitSent("own", "borrower", "first");
		end("own");
		assertThat(own).succeedsWithin(Duration.ofSeconds(10));
		awaitSent("own", "borrower", "first", "second");
		end("first");
		assertThat(first).succeedsWithin(Duration.ofSeconds(10));
		awaitSent("own", "borrower", "first", "second", "last");
		end("second");
		end("last");
		assertThat(second).succeedsWithin(Duration.ofSeconds(10));
		assertThat(newcomer.get()).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void aStatementThatWaitsGetsAConnectionOfTheOtherLaneWhenOneIsReleased() {
		ClientLease busy = this.client.lease(Lane.WRITE, "one").block();
		ClientLease other = this.client.lease(Lane.WRITE, "other").block();
		sent("own");
		AtomicReference<Thread> thread = new AtomicReference<>();
		CompletableFuture<List<Row>> waiting = this.client.read("waiting", (db) -> {
			thread.set(Thread.currentThread());
			return db.from("waiting").select().list(Row.class);
		}).toFuture();
		assertThat(this.client.pool(Lane.READ).pending()).isOne();
		busy.close();
		awaitSent("own", "waiting");
		end("waiting");
		assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
		assertThat(thread.get()).isNotSameAs(Thread.currentThread());
		other.close();
	}

	@Test
	void aStatementThatIsCancelledWhileItWaitsTakesNoLoan() {
		sent("own");
		sent("borrower");
		Disposable cancelled = read("cancelled").subscribe();
		CompletableFuture<List<Row>> waiting = read("waiting").toFuture();
		cancelled.dispose();
		end("borrower");
		awaitSent("own", "borrower", "waiting");
		end("waiting");
		assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
		sent("next");
	}

	@Test
	void aBackgroundOperationIsServedWhenTheLeaseOfAnotherIsRevoked() {
		CompletableFuture<List<Row>> revoked = sent("revoked");
		CompletableFuture<List<Row>> job = this.client.background().from("job").select().list(Row.class).toFuture();
		assertThat(this.client.backgroundPending(Lane.READ)).isOne();
		this.client.pool(Lane.READ).leases().forEach((lease) -> this.client.pool(Lane.READ).revoke(lease.id()));
		assertThat(revoked).failsWithin(Duration.ofSeconds(10));
		awaitSent("revoked", "job");
		end("job");
		assertThat(job).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void aBackgroundOperationThatIsRejectedMakesNoRoomForAnother() {
		PooledClient client = PooledClient.builder(this.server.url(), ApiKeys.withoutAnonKey(null))
			.lane(Lane.READ, (options) -> options.maxConnections(1).maxPending(1))
			.build();
		ClientLease held = client.lease(Lane.READ, "held").block();
		CompletableFuture<List<Row>> waiting = client.background().from("job").select().list(Row.class).toFuture();
		for (int i = 0; i < 3; i++) {
			assertThat(client.background().from("rejected").select().list(Row.class).toFuture())
				.failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingRootCause()
				.isInstanceOf(AcquireRejectedException.class);
			assertThat(client.backgroundPending(Lane.READ)).isOne();
		}
		end("job");
		held.close();
		assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
		assertThat(client.backgroundPending(Lane.READ)).isZero();
		client.close(Duration.ZERO).block();
	}

	private Mono<List<Row>> read(String table) {
		return this.client.from(table).select().list(Row.class);
	}

	private CompletableFuture<List<Row>> sent(String table) {
		CompletableFuture<List<Row>> rows = read(table).toFuture();
		await().until(() -> sent().contains(table));
		return rows;
	}

	private void awaitSent(String... tables) {
		await().untilAsserted(() -> assertThat(sent()).containsExactly(tables));
	}

	private List<String> sent() {
		return this.server.requests().stream().map(LaneLoansTests::table).toList();
	}

	private void end(String table) {
		answer(table).countDown();
	}

	private CountDownLatch answer(String table) {
		return this.answers.computeIfAbsent(table, (key) -> new CountDownLatch(1));
	}

	private static String table(TestServer.Request request) {
		return request.path().replaceFirst(".*/(\\w+)\\?.*", "$1");
	}

}
