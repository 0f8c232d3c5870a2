package dev.dbpool.client;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.dbpool.client.Http2Gateway.Limits;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.transport.Http2Mode;
import dev.dbpool.transport.TestCertificate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a client promises over HTTP/2, through a gateway in front of a real server.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class Http2GatewayContract extends ClientTestSupport {

	final TestCertificate certificate = TestCertificate.get();

	abstract Http2Gateway start(Limits limits) throws Exception;

	@Test
	void callersShareSocketsAndGetTheirOwnRows() throws Exception {
		try (Http2Gateway gateway = start(new Limits(128, 100_000))) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 20).laneSharing(LaneSharing.NONE));
			Flux<Car> rows = Flux.range(0, 100).flatMap((caller) -> Flux.range(0, 5).concatMap((round) -> {
				long id = caller * 5 + round + 1;
				return client.from("cars")
					.select("*")
					.eq("id", id)
					.list(Car.class)
					.map((found) -> found.get(0))
					.doOnNext((car) -> assertThat(car.id()).isEqualTo(id));
			}), 100);
			assertThat(rows.count().block(Duration.ofSeconds(60))).isEqualTo(500);
			assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(20);
			assertThat(sockets(client)).hasSize(1).allMatch((socket) -> socket.endsWith("HTTP/2"));
		}
	}

	@Test
	void theLimitOfTheGatewayIsNeverExceeded() throws Exception {
		try (Http2Gateway gateway = start(new Limits(4, 100_000))) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 10).laneSharing(LaneSharing.NONE));
			assertThat(readAll(client, 500)).isEqualTo(500);
			assertThat(sockets(client)).hasSize(3);
			assertThat(this.outcomes).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
		}
	}

	@Test
	void requestsMoveOnWhenTheGatewayEndsConnectionsInGoodOrder() throws Exception {
		try (Http2Gateway gateway = start(new Limits(128, 50))) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 10));
			int before = count("moving");
			List<Object> orders = Flux.range(0, 200)
				.flatMap((i) -> client.from("orders")
					.insert(Map.of("car_id", 1, "reference", "moving"))
					.execute()
					.thenReturn((Object) i), 20)
				.collectList()
				.block(Duration.ofSeconds(60));
			assertThat(orders).hasSize(200);
			assertThat(readAll(client, 300)).isEqualTo(300);
			assertThat(count("moving")).isEqualTo(before + 200);
			assertThat(this.outcomes).hasSize(500).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
			assertThat(client.pool(Lane.READ).snapshot().openFailures()).isZero();
		}
	}

	@Test
	@Tag("long")
	void readsOfASmallLaneMoveOnWhileWritesUseUpConnections() throws Exception {
		try (Http2Gateway gateway = start(new Limits(128, 10))) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 10).lane(Lane.READ,
					(options) -> options.maxConnections(1).acquireTimeout(Duration.ofMinutes(1))));
			AtomicBoolean stop = new AtomicBoolean();
			CompletableFuture<Void> writes = Flux.range(0, 10)
				.flatMap((writer) -> client.from("orders")
					.update(Map.of("reference", "busy"))
					.eq("id", 0)
					.execute()
					.then()
					.repeat(() -> !stop.get()), 10)
				.then()
				.toFuture();
			try {
				assertThat(readAll(client, 50, 4)).isEqualTo(50);
			}
			finally {
				stop.set(true);
			}
			writes.get(60, TimeUnit.SECONDS);
			assertThat(this.outcomes).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
		}
	}

	@Test
	@Tag("long")
	void readsSurviveTheLossOfTheGateway() throws Exception {
		try (Http2Gateway gateway = start(Limits.USUAL)) {
			PooledClient client = client(gateway,
					(builder) -> connections(builder, 10).interceptor(new RetryingInterceptor()));
			AtomicInteger answered = new AtomicInteger();
			CompletableFuture<Integer> reads = Flux.range(0, 2_000)
				.flatMap((i) -> client.from("cars").select("*").eq("id", i + 1).list(Car.class), 20)
				.doOnNext((rows) -> answered.incrementAndGet())
				.map(List::size)
				.reduce(0, Integer::sum)
				.toFuture();
			for (int loss = 1; loss <= 2; loss++) {
				int least = loss * 500;
				Awaitility.await()
					.atMost(Duration.ofSeconds(60))
					.until(() -> answered.get() >= least || reads.isDone());
				assertThat(reads).isNotDone();
				gateway.kill();
			}
			assertThat(reads.get(60, TimeUnit.SECONDS)).isEqualTo(2_000);
		}
	}

	@Test
	void readsRecoverAfterPostgrestWasKilled() throws Exception {
		try (Http2Gateway gateway = start(Limits.USUAL)) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 5));
			AtomicBoolean stop = new AtomicBoolean();
			AtomicInteger good = new AtomicInteger();
			AtomicInteger failed = new AtomicInteger();
			CompletableFuture<Void> load = Flux.range(0, 10)
				.flatMap((reader) -> Mono.defer(() -> client.from("cars").select("*").limit(5).list(Car.class))
					.doOnNext((rows) -> good.incrementAndGet())
					.onErrorResume(DataAccessException.class, (failure) -> {
						failed.incrementAndGet();
						return Mono.empty();
					})
					.repeat(() -> !stop.get())
					.then(), 10)
				.then()
				.toFuture();
			try {
				Awaitility.await().until(() -> good.get() > 100);
				server().postgrest().kill();
				Awaitility.await().until(() -> failed.get() > 0);
				server().postgrest().start();
				int atRestart = good.get();
				Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> good.get() > atRestart + 200);
			}
			finally {
				stop.set(true);
			}
			load.get(60, TimeUnit.SECONDS);
		}
	}

	@Test
	void aCallThatIsCancelledKeepsItsPlaceUntilTheStatementHasEnded() throws Exception {
		try (Http2Gateway gateway = start(Limits.USUAL); StatementGate gate = StatementGate.of(server())) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 2).laneSharing(LaneSharing.NONE)
				.lane(Lane.READ, (options) -> options.releaseTimeout(Duration.ofMinutes(1))));
			client.from("cars").select("*").limit(1).list(Car.class).block();
			Disposable call = StatementGate.pass(client).subscribe();
			gate.awaitReached();
			call.dispose();
			Awaitility.await()
				.until(() -> client.pool(Lane.READ)
					.connections()
					.stream()
					.anyMatch((connection) -> connection.state() == ConnectionSnapshot.State.RESETTING));
			assertThat(client.from("cars").select("*").limit(1).list(Car.class).block()).hasSize(1);
			gate.open();
			Awaitility.await()
				.until(() -> client.pool(Lane.READ)
					.connections()
					.stream()
					.allMatch((connection) -> connection.state() == ConnectionSnapshot.State.IDLE));
			assertThat(client.pool(Lane.READ).snapshot().destroyed()).isZero();
		}
	}

	@Test
	void clientsOfOtherFrameworksSpeakHttp2() throws Exception {
		try (Http2Gateway gateway = start(Limits.USUAL)) {
			PooledClient client = client(gateway, (builder) -> connections(builder, 3));
			assertThat(client.webClient()
				.get()
				.uri("/cars?id=eq.{id}", 2)
				.retrieve()
				.bodyToFlux(Car.class)
				.map(Car::id)
				.collectList()
				.block()).containsExactly(2L);
			assertThat(client.blocking()
				.restClient()
				.post()
				.uri("/orders")
				.body(Map.of("car_id", 1, "reference", "rest"))
				.retrieve()
				.toBodilessEntity()
				.getStatusCode()
				.value()).isEqualTo(201);
			assertThat(client.webClient(Lane.READ).head().uri("/cars?limit=1").retrieve().toBodilessEntity().block())
				.isNotNull();
			assertThat(client.from("cars").select("*").limit(5).stream(Car.class).count().block()).isEqualTo(5);
			assertThat(sockets(client)).hasSize(1).allMatch((socket) -> socket.endsWith("HTTP/2"));
			assertThat(client.pool(Lane.READ).snapshot().destroyed()).isZero();
		}
	}

	int readAll(PooledClient client, int reads) {
		return readAll(client, reads, 50);
	}

	private static int readAll(PooledClient client, int reads, int callers) {
		return Flux.range(0, reads)
			.flatMap((i) -> client.from("cars").select("*").eq("id", i + 1).list(Car.class), callers)
			.map(List::size)
			.reduce(0, Integer::sum)
			.block(Duration.ofSeconds(60));
	}

	static List<String> sockets(PooledClient client) {
		return Stream.of(Lane.values())
			.flatMap((lane) -> client.pool(lane).connections().stream())
			.map(ConnectionSnapshot::description)
			.distinct()
			.toList();
	}

	PooledClient client(Http2Gateway gateway, UnaryOperator<PooledClientBuilder> customizer) {
		return client(gateway.url(), (builder) -> customizer.apply(builder.http2(Http2Mode.AUTO)
			.httpClient((http) -> http.secure((spec) -> spec.sslContext(this.certificate.trusting())))));
	}

	int count(String reference) throws SQLException {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement
					.executeQuery("select count(*) from orders where reference = '" + reference + "'")) {
			rows.next();
			return rows.getInt(1);
		}
	}

}
