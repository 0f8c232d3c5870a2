package dev.dbpool.client;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.pool.PoolClosedException;
import io.netty.channel.Channel;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.NonTransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a {@link PooledClient} promises when servers die, hang or are cut off, and under
 * load. The faults are real.
 */
class FaultIntegrationTests extends ClientTestSupport {

	@Test
	void aHundredReadersThroughFiveConnectionsNeverOpenASixthSocket() {
		try (FaultProxy proxy = FaultProxy.to(server().url())) {
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 5).laneSharing(LaneSharing.NONE));
			Long rows = Flux.range(0, 100)
				.flatMap(
						(reader) -> Flux.range(0, 20)
							.concatMap((round) -> client.from("cars").select("*").eq("id", reader + 1).list(Car.class)),
						100)
				.map(List::size)
				.reduce(0L, Long::sum)
				.block(Duration.ofSeconds(60));
			assertThat(rows).isEqualTo(2_000);
			assertThat(proxy.mostOpen()).as("sockets open at the same time").isEqualTo(5);
			assertThat(proxy.accepted()).as("sockets seen by the server in all").isEqualTo(5);
		}
	}

	@Test
	void connectionsCutUnderLoadAreReplacedWithoutExceedingTheMaximum() {
		try (FaultProxy proxy = FaultProxy.to(server().url())) {
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 5).interceptor(new RetryingInterceptor()));
			AtomicInteger answered = new AtomicInteger();
			Flux<List<Car>> load = Flux.range(0, 2_000)
				.flatMap((i) -> client.from("cars").select("*").eq("id", i + 1).list(Car.class), 50)
				.doOnNext((rows) -> {
					if (answered.incrementAndGet() % 400 == 0) {
						proxy.resetConnections();
					}
				});
			assertThat(load.map(List::size).reduce(0, Integer::sum).block(Duration.ofSeconds(60))).isEqualTo(2_000);
			assertThat(proxy.accepted()).isGreaterThan(5);
		}
	}

	@Test
	void readsRecoverAfterPostgrestWasKilledUnderLoad() throws Exception {
		PooledClient client = client((builder) -> connections(builder, 5).interceptor(new RetryingInterceptor()));
		AtomicBoolean stop = new AtomicBoolean();
		AtomicInteger good = new AtomicInteger();
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		CompletableFuture<Void> load = Flux.range(0, 20)
			.flatMap((reader) -> Mono.defer(() -> client.from("cars").select("*").limit(5).list(Car.class))
				.doOnNext((rows) -> good.incrementAndGet())
				.onErrorResume(DataAccessException.class, (failure) -> {
					errors.add(failure);
					return Mono.empty();
				})
				.repeat(() -> !stop.get())
				.then(), 20)
			.then()
			.toFuture();
		try {
			Awaitility.await().until(() -> good.get() > 200);
			server().postgrest().kill();
			Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().openFailures() > 0);
			server().postgrest().start();
			int atRestart = good.get();
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> good.get() > atRestart + 500);
		}
		finally {
			stop.set(true);
		}
		load.get(60, TimeUnit.SECONDS);
		assertThat(errors).allSatisfy((failure) -> assertThat(failure).isInstanceOf(DataAccessException.class));
		assertThat(client.pool(Lane.READ).snapshot().active()).isZero();
		assertThat(client.pool(Lane.READ).snapshot().total()).isLessThanOrEqualTo(5);
	}

	@Test
	void anIdleConnectionThatTheServerClosesIsReplacedUnasked() {
		PooledClient client = client(
				(builder) -> builder.lane(Lane.READ, (options) -> options.minConnections(2).maxConnections(2)));
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().idle() == 2);
		server().postgrest().kill();
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().idle() == 0);
		server().postgrest().start();
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().idle() == 2);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isZero();
	}

	@Test
	void aWriteWhoseOutcomeIsUnknownIsNotSentAgain() throws SQLException {
		PooledClient client = client(
				(builder) -> builder.requestTimeout(Duration.ofMillis(500)).interceptor(new RetryingInterceptor()));
		int before = count("slow");
		Mono<String> write = client.rpc("place_order_slowly").args(Map.of("seconds", 1.5)).value(String.class);
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(write::block).withMessageContaining("unknown");
		Awaitility.await().untilAsserted(() -> assertThat(count("slow")).isEqualTo(before + 1));
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> assertThat(outcome.attempts()).isEqualTo(1));
	}

	@Test
	void aWriteThatSurelyDidNotRunIsSentAgain() throws SQLException {
		PooledClient client = client((builder) -> builder.interceptor(new RetryingInterceptor()));
		client.from("cars").select("*").limit(1).list(Car.class).block();
		int before = count("again");
		server().postgres().stop();
		CompletableFuture<Void> write = client.from("orders")
			.insert(Map.of("car_id", 1, "reference", "again"))
			.execute()
			.toFuture();
		Awaitility.await().until(() -> client.pool(Lane.WRITE).snapshot().acquired() > 1);
		server().postgres().start();
		server().ensureRunning();
		assertThat(write).succeedsWithin(Duration.ofSeconds(30));
		assertThat(count("again")).isEqualTo(before + 1);
		assertThat(this.outcomes).last().satisfies((outcome) -> assertThat(outcome.attempts()).isGreaterThan(1));
	}

	@Test
	void aWriteThatFindsItsConnectionClosedIsSentOnAnother() throws Exception {
		int before = count("moved");
		try (FaultProxy proxy = FaultProxy.to(server().url())) {
			List<Channel> sockets = new CopyOnWriteArrayList<>();
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 1).interceptor(new RetryingInterceptor())
						.httpClient(
								(http) -> http.doOnChannelInit((observer, channel, address) -> sockets.add(channel))));
			AtomicBoolean cut = new AtomicBoolean();
			client.write("POST /order", (db) -> Mono.fromRunnable(() -> {
				if (cut.compareAndSet(false, true)) {
					proxy.resetConnections();
					Awaitility.await().until(() -> !sockets.get(0).isActive());
				}
			})
				.subscribeOn(Schedulers.boundedElastic())
				.then(db.from("orders").insert(Map.of("car_id", 1, "reference", "moved")).execute())).block();
		}
		assertThat(count("moved")).isEqualTo(before + 1);
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> assertThat(outcome.attempts()).isOne());
	}

	@Test
	void aWriteAfterAnotherOneTookEffectIsNotRepeated() throws SQLException {
		PooledClient client = client(
				(builder) -> builder.requestTimeout(Duration.ofMillis(500)).interceptor(new RetryingInterceptor()));
		int before = count("first");
		Mono<String> writes = client.write("POST /two",
				(db) -> db.from("orders")
					.insert(Map.of("car_id", 1, "reference", "first"))
					.execute()
					.then(db.rpc("slow").args(Map.of("seconds", 2)).readOnly().value(String.class)));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(writes::block);
		assertThat(count("first")).isEqualTo(before + 1);
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> assertThat(outcome.attempts()).isEqualTo(1));
	}

	@Test
	void aServerThatIsNotThereYetIsFoundWhenItAppears() {
		try (FaultProxy proxy = FaultProxy.to(server().url())) {
			proxy.down();
			PooledClient client = client(proxy.url(),
					(builder) -> builder.interceptor(new RetryingInterceptor())
						.lane(Lane.READ,
								(options) -> options.minConnections(1)
									.maxConnections(2)
									.acquireTimeout(Duration.ofMillis(500))));
			Mono<List<Car>> read = client.from("cars").select("*").limit(1).list(Car.class);
			Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().openFailures() > 0);
			assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(read::block)
				.withMessageContaining("Connections could not be opened: ")
				.withMessageContaining("127.0.0.1:" + proxy.port());
			proxy.up();
			Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().idle() > 0);
			assertThat(read.block()).hasSize(1);
			assertThat(proxy.open()).isPositive();
		}
	}

	@Test
	void shutdownUnderLoadFinishesWhatRunsAndRefusesTheRest() throws Exception {
		PooledClient client = client((builder) -> connections(builder, 5).laneSharing(LaneSharing.NONE));
		List<CompletableFuture<String>> running = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			running.add(client.rpc("slow").args(Map.of("seconds", 3)).readOnly().value(String.class).toFuture());
		}
		Awaitility.await().until(() -> client.pool(Lane.READ).snapshot().active() == 5);
		List<CompletableFuture<List<Car>>> waiting = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			waiting.add(client.from("cars").select("*").list(Car.class).toFuture());
		}
		CompletableFuture<Void> closed = client.close(Duration.ofSeconds(20)).toFuture();
		assertThat(waiting).allSatisfy((refused) -> assertThat(refused).failsWithin(Duration.ofSeconds(5))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(NonTransientDataAccessResourceException.class)
			.withCauseInstanceOf(PoolClosedException.class));
		assertThat(client.from("cars").select("*").list(Car.class).toFuture()).failsWithin(Duration.ofSeconds(5));
		assertThat(running).allSatisfy((finished) -> assertThat(finished).succeedsWithin(Duration.ofSeconds(10)));
		assertThat(closed).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void aHangingServerKeepsNoConnection() {
		PooledClient client = client((builder) -> connections(builder, 2).requestTimeout(Duration.ofMillis(300))
			.connectTimeout(Duration.ofMillis(300)));
		awaitAnswer(client);
		server().postgrest().pause();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.from("cars").select("*").list(Car.class).block());
		server().postgrest().resume();
		awaitAnswer(client);
	}

	/**
	 * Waits for an answer within the short limits of the client, which a busy machine may
	 * exceed.
	 */
	private static void awaitAnswer(PooledClient client) {
		Awaitility.await()
			.ignoreExceptionsInstanceOf(DataAccessException.class)
			.until(() -> client.from("cars").select("*").limit(1).list(Car.class).block().size() == 1);
	}

	private int count(String reference) throws SQLException {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement
					.executeQuery("select count(*) from orders where reference = '" + reference + "'")) {
			rows.next();
			return rows.getInt(1);
		}
	}

}
