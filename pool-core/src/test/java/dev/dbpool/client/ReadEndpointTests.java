package dev.dbpool.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transport.RefusedPort;
import dev.dbpool.transport.TestServer;
import dev.dbpool.transport.TestServer.Peer;
import dev.dbpool.transport.TestServer.Request;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import org.springframework.dao.QueryTimeoutException;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * When a read replica is left out, and when a read moves from it to another endpoint.
 */
@Timeout(60)
class ReadEndpointTests {

	/** So many failures in a row leave a replica out. */
	private static final int FAILURES = 3;

	private final CountDownLatch ended = new CountDownLatch(1);

	private final TestServer first = TestServer.start(this::staySilent);

	private final TestServer second = TestServer.start(this::staySilent);

	private final TestServer primary = TestServer.start(this::staySilent);

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
			await().untilAsserted(() -> assertThat(requests()).hasSize(2));
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	@Test
	void slowReadStaysOnAReplicaThatMayAnswerOthers() {
		PooledClient client = client(Duration.ofSeconds(30));
		try {
			for (int i = 1; i <= FAILURES; i++) {
				Mono<Void> sent = sent(i);
				Mono<List<Row>> read = client.read("slow",
						(db) -> Mono.firstWithSignal(db.from("t").select().list(Row.class),
								sent.then(Mono.error(new TimeoutException()))));
				assertThatException().isThrownBy(read::block).withCauseInstanceOf(TimeoutException.class);
			}
			assertThat(requests()).hasSize(FAILURES);
			assertThat(client.readEndpoints()).allMatch(ReadEndpoint::isAvailable);
			this.ended.countDown();
		}
		finally {
			client.close(Duration.ofSeconds(10)).block();
		}
	}

	@Test
	void replicaIsLeftOutAfterThreeFailuresInARowAndTriedByOneReadAtATime() {
		try (NoConnections pool = new NoConnections()) {
			ReadEndpoint replica = replica(pool);
			fail(replica, FAILURES - 1);
			use(replica).succeeded();
			fail(replica, FAILURES - 1);
			assertThat(replica.isAvailable()).isTrue();
			ReadEndpoint.Use early = use(replica);
			fail(replica, 1);
			assertThat(replica.isAvailable()).isFalse();
			assertThat(replica.isUsable()).as("while its breaker is open").isFalse();
			replica.circuitBreaker().transitionToHalfOpenState();
			early.succeeded();
			assertThat(replica.isAvailable()).as("after a read that began before it was left out").isFalse();
			ReadEndpoint.Use trial = use(replica);
			assertThat(replica.tryUse()).as("another trial beside it").isEmpty();
			trial.abandoned();
			trial.failed(new IOException());
			trial = use(replica);
			trial.failed(new IOException());
			assertThat(replica.isUsable()).as("after a trial that failed").isFalse();
			replica.circuitBreaker().transitionToHalfOpenState();
			use(replica).answered(false);
			assertThat(replica.isAvailable()).as("after the first element of a trial").isTrue();
		}
	}

	@Test
	void backOffDependsOnTheTrialsAndNotOnTheFailures() {
		IntervalFunction wait = ReadEndpoint.BREAKER.getWaitIntervalFunctionInOpenState();
		assertThat(Stream.of(1, 2, 3, 4, 5, 6, 60).map(wait)).containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L,
				10_000L, 10_000L);
	}

	@Test
	void breakerThatIsForcedOpenLeavesTheReplicaOutAndADisabledOneNever() {
		try (NoConnections pool = new NoConnections()) {
			ReadEndpoint replica = replica(pool);
			replica.circuitBreaker().transitionToForcedOpenState();
			assertThat(replica.isAvailable()).isFalse();
			assertThat(replica.isUsable()).isFalse();
			replica.circuitBreaker().transitionToDisabledState();
			fail(replica, 2 * FAILURES);
			assertThat(replica.isAvailable()).isTrue();
			assertThat(replica.isUsable()).isTrue();
		}
	}

	@Test
	void openBreakerThatDoesNotBecomeHalfOpenByItselfIsAsked() {
		try (NoConnections pool = new NoConnections()) {
			ReadEndpoint replica = new ReadEndpoint(URI.create("http://replica"), pool.pool,
					CircuitBreaker.of("replica",
							CircuitBreakerConfig.from(ReadEndpoint.BREAKER)
								.automaticTransitionFromOpenToHalfOpenEnabled(false)
								.waitDurationInOpenState(Duration.ofMillis(1))
								.build()));
			fail(replica, FAILURES);
			assertThat(replica.isUsable()).isTrue();
			await().until(() -> replica.tryUse().isPresent());
		}
	}

	@Test
	void trialIsTakenByTheReadThatIsSentOnly() {
		try (NoConnections busy = new NoConnections(); NoConnections idle = new NoConnections()) {
			ReadEndpoint failing = replica(busy);
			ReadEndpoint other = replica(idle);
			Lanes lanes = new Lanes(Map.of(Lane.READ, idle.pool, Lane.WRITE, idle.pool), LaneSharing.NONE, 1,
					List.of(failing, other), ConcurrencyLimit.FIXED, () -> false);
			busy.pool.acquireAsync(LeaseOwner.of("waits"), Duration.ofMinutes(1));
			fail(failing, FAILURES);
			assertThat(endpoint(lanes, (replica) -> true)).hasValue(other);
			failing.circuitBreaker().transitionToHalfOpenState();
			assertThat(endpoint(lanes, (replica) -> true)).as("the less loaded one").hasValue(other);
			assertThat(endpoint(lanes, (replica) -> replica != other)).as("the trial").hasValue(failing);
			assertThat(endpoint(lanes, (replica) -> replica != other)).as("another trial beside it").isEmpty();
		}
	}

	@Test
	void operationThatEndsWithoutTheTrialItWasGivenLeavesItToAnother() {
		List<Boolean> onReplica = new CopyOnWriteArrayList<>();
		PooledClient client = client(Duration.ofSeconds(30), new OperationInterceptor() {

			@Override
			public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
				onReplica.add(operation.tryReplica());
				return Mono.error(new IllegalStateException("not sent"));
			}

		});
		try {
			client.readEndpoints().get(1).circuitBreaker().transitionToForcedOpenState();
			client.readEndpoints().get(0).circuitBreaker().transitionToOpenState();
			client.readEndpoints().get(0).circuitBreaker().transitionToHalfOpenState();
			for (int i = 0; i < 3; i++) {
				assertThatIllegalStateException().isThrownBy(client.from("t").select().list(Row.class)::block);
			}
			assertThat(onReplica).containsExactly(true, true, true);
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	@Test
	void trialThatIsGivenUpHasFailed() {
		PooledClient client = client(Duration.ofSeconds(30));
		try {
			client.readEndpoints().get(1).circuitBreaker().transitionToForcedOpenState();
			client.readEndpoints().get(0).circuitBreaker().transitionToOpenState();
			client.readEndpoints().get(0).circuitBreaker().transitionToHalfOpenState();
			Disposable trial = client.from("t").select().list(Row.class).subscribe();
			await().until(() -> this.first.requests().size() == 1);
			assertThat(client.readEndpoints().get(0).tryUse()).as("beside the trial").isEmpty();
			trial.dispose();
			assertThat(client.readEndpoints().get(0).circuitBreaker().getState()).isEqualTo(CircuitBreaker.State.OPEN);
		}
		finally {
			this.ended.countDown();
			client.close(Duration.ofSeconds(10)).block();
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
			client.readEndpoints().forEach((replica) -> fail(replica, FAILURES));
			client.from("t").select().list(Row.class).block();
			assertThat(onReplica).endsWith(false);
			assertThat(this.primary.requests()).hasSize(3);
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	@Test
	void failureToConnectToAReplicaNamesTheSettingOfReplicas() {
		try (RefusedPort taken = new RefusedPort()) {
			URI refused = URI.create("http://localhost:" + taken.number());
			assertThat(openFailures(client(refused))).containsExactly(
					"connection refused by " + refused.getAuthority()
							+ ": check readEndpoints, and whether the server runs there",
					"host not found: nowhere.invalid: check readEndpoints");
			assertThat(openFailures(client(refused).propertyPrefix("db.pools.orders"))).containsExactly(
					"connection refused by " + refused.getAuthority()
							+ ": check db.pools.orders.read.endpoints, and whether the server runs there",
					"host not found: nowhere.invalid: check db.pools.orders.read.endpoints");
		}
	}

	private PooledClientBuilder client(URI replica) {
		return PooledClient.builder(this.primary.url(), ApiKeys.withoutAnonKey(null))
			.readEndpoints(List.of(replica, URI.create("http://nowhere.invalid")));
	}

	private static List<String> openFailures(PooledClientBuilder builder) {
		PooledClient client = builder.build();
		try {
			await().until(() -> failures(client).size() == 2);
			return failures(client);
		}
		finally {
			client.close(Duration.ZERO).block();
		}
	}

	private static List<String> failures(PooledClient client) {
		return client.readEndpoints()
			.stream()
			.flatMap((replica) -> replica.pool().snapshot().lastOpenFailure().stream())
			.toList();
	}

	private static ReadEndpoint replica(NoConnections connections) {
		return new ReadEndpoint(URI.create("http://replica"), connections.pool,
				CircuitBreaker.of("replica", ReadEndpoint.BREAKER));
	}

	private static ReadEndpoint.Use use(ReadEndpoint replica) {
		return replica.tryUse().orElseThrow();
	}

	private static void fail(ReadEndpoint replica, int times) {
		for (int i = 0; i < times; i++) {
			use(replica).failed(new IOException("failed"));
		}
	}

	private static Optional<ReadEndpoint> endpoint(Lanes lanes, Predicate<ReadEndpoint> usable) {
		return lanes.replicaFor(usable).map(ReadEndpoint.Use::endpoint);
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
