package dev.dbpool.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import org.springframework.dao.QueryTimeoutException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * When a read replica is left out, and when a read moves from it to another endpoint.
 */
@Timeout(60)
class ReadEndpointTests {

	private final CountDownLatch ended = new CountDownLatch(1);

	private final TestServer first = TestServer.start(this::staySilent);

	private final TestServer second = TestServer.start(this::staySilent);

	private final TestServer primary = TestServer.start(this::staySilent);

	private final AtomicLong now = new AtomicLong();

	private void staySilent(Request request, Peer peer) throws IOException, InterruptedException {
		this.ended.await();
		peer.answer("200 OK", "[]");
	}

	@AfterEach
	void stop() throws IOException {
		this.ended.countDown();
		this.first.close();
		this.second.close();
		this.primary.close();
	}

	@Test
	void readThatTimesOutOnASilentReplicaMovesToOneOtherEndpoint() {
		PooledClient client = client(Duration.ofMillis(200));
		try {
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(() -> client.from("t").select().list(Row.class).block());
			assertThat(requests()).hasSize(2);
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	@Test
	void slowReadStaysOnAReplicaThatMayAnswerOthers() {
		PooledClient client = client(Duration.ofSeconds(30));
		try {
			for (int i = 1; i <= ReadEndpoint.MOST_FAILURES; i++) {
				Mono<Void> sent = sent(i);
				Mono<List<Row>> read = client.read("slow",
						(db) -> Mono.firstWithSignal(db.from("t").select().list(Row.class),
								sent.then(Mono.error(new TimeoutException()))));
				assertThatException().isThrownBy(read::block).withCauseInstanceOf(TimeoutException.class);
			}
			assertThat(requests()).hasSize(ReadEndpoint.MOST_FAILURES);
			assertThat(client.readEndpoints()).allMatch(ReadEndpoint::isAvailable);
			this.ended.countDown();
		}
		finally {
			client.close(Duration.ofSeconds(10)).block();
		}
	}

	@Test
	void oneEventThatFailsManyReadsDoesNotLengthenTheBackOff() {
		try (NoConnections pool = new NoConnections()) {
			ReadEndpoint replica = new ReadEndpoint(URI.create("http://replica"), pool.pool, this.now::get);
			for (int i = 0; i < 100; i++) {
				replica.failed();
			}
			assertThat(replica.isAvailable()).isFalse();
			assertThat(replica.tryUse()).isFalse();
			pass(750);
			assertThat(replica.tryUse()).as("the first trial").isTrue();
			assertThat(replica.tryUse()).as("another one beside it").isFalse();
			pass(1_500);
			assertThat(replica.tryUse()).as("the second trial").isTrue();
			for (int i = 0; i < 10; i++) {
				pass(15_000);
				assertThat(replica.tryUse()).as("a trial after the longest back-off").isTrue();
				replica.failed();
			}
			pass(4_000);
			assertThat(replica.tryUse()).as("a trial before the shortest wait of the longest back-off").isFalse();
			replica.succeeded();
			assertThat(replica.isAvailable()).isTrue();
			assertThat(replica.tryUse()).isTrue();
		}
	}

	@Test
	void trialIsTakenByTheReadThatIsSentOnly() {
		try (NoConnections busy = new NoConnections(); NoConnections idle = new NoConnections()) {
			ReadEndpoint failing = new ReadEndpoint(URI.create("http://busy"), busy.pool, this.now::get);
			ReadEndpoint other = new ReadEndpoint(URI.create("http://idle"), idle.pool, this.now::get);
			Lanes lanes = new Lanes(Map.of(Lane.READ, idle.pool, Lane.WRITE, idle.pool), LaneSharing.NONE, 1,
					List.of(failing, other), () -> false);
			busy.pool.acquireAsync(LeaseOwner.of("waits"), Duration.ofMinutes(1));
			for (int i = 0; i < ReadEndpoint.MOST_FAILURES; i++) {
				failing.failed();
			}
			assertThat(lanes.replicaFor((replica) -> true)).hasValue(other);
			pass(750);
			assertThat(lanes.replicaFor((replica) -> true)).as("the less loaded one").hasValue(other);
			assertThat(lanes.replicaFor((replica) -> replica != other)).as("the trial").hasValue(failing);
			assertThat(lanes.replicaFor((replica) -> replica != other)).as("another trial beside it").isEmpty();
		}
	}

	@Test
	void interceptorLetsReadsOfAReplicaPassThatThePrimaryCannotServe() {
		this.ended.countDown();
		List<Boolean> onReplica = new CopyOnWriteArrayList<>();
		PooledClient client = client(Duration.ofSeconds(30), new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				onReplica.add(operation.tryReplica());
				return attempt;
			}

		});
		try {
			client.from("t").select().list(Row.class).block();
			client.from("t").select().stream(Row.class).blockLast();
			assertThat(this.primary.requests()).isEmpty();
			client.write("write", (db) -> db.from("t").select().list(Row.class)).block();
			client.webClient().get().uri("/t").retrieve().toBodilessEntity().block();
			assertThat(onReplica).containsExactly(true, true, false, false);
			client.readEndpoints().forEach((replica) -> {
				for (int i = 0; i < ReadEndpoint.MOST_FAILURES; i++) {
					replica.failed();
				}
			});
			client.from("t").select().list(Row.class).block();
			assertThat(onReplica).endsWith(false);
			assertThat(this.primary.requests()).hasSize(3);
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	private void pass(long millis) {
		this.now.addAndGet(Duration.ofMillis(millis).toNanos());
	}

	/**
	 * Completes when so many requests have arrived.
	 */
	private Mono<Void> sent(int number) {
		return Mono.<Void>fromRunnable(() -> await().until(() -> requests().size() >= number))
			.subscribeOn(Schedulers.boundedElastic());
	}

	private List<Request> requests() {
		return Stream.of(this.first, this.second, this.primary)
			.flatMap((server) -> server.requests().stream())
			.toList();
	}

	private PooledClient client(Duration requestTimeout, OperationInterceptor... interceptors) {
		PooledClientBuilder builder = PooledClient.builder(this.primary.url(), ApiKeys.withoutAnonKey(null))
			.lane(Lane.READ, (options) -> options.minConnections(1).maxConnections(3))
			.lane(Lane.WRITE, (options) -> options.minConnections(0).maxConnections(1))
			.requestTimeout(requestTimeout)
			.readEndpoints(List.of(this.first.url(), this.second.url()));
		for (OperationInterceptor interceptor : interceptors) {
			builder.interceptor(interceptor);
		}
		PooledClient client = builder.build();
		await().until(() -> client.pool(Lane.READ).snapshot().idle() == 1
				&& client.readEndpoints().stream().allMatch((replica) -> replica.pool().snapshot().idle() == 1));
		return client;
	}

	/**
	 * A pool that opens nothing, since nothing is leased from it.
	 */
	private static final class NoConnections implements Connector<ClientConnection>, AutoCloseable {

		private final ConnectionPool<ClientConnection> pool = ConnectionPool
			.create(PoolOptions.builder("replica").minConnections(0).build(), this);

		@Override
		public CompletionStage<ClientConnection> open(ConnectionEvents events) {
			return new CompletableFuture<>();
		}

		@Override
		public CompletionStage<Void> validate(ClientConnection connection) {
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<Void> close(ClientConnection connection) {
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public void close() {
			this.pool.close(Duration.ZERO);
		}

	}

}
