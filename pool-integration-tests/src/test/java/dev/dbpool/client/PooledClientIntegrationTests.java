package dev.dbpool.client;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.ConnectionSnapshot;
import dev.dbpool.postgrest.error.PostgrestException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a {@link PooledClient} promises its users, on a real server.
 */
class PooledClientIntegrationTests extends ClientTestSupport {

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	@Test
	void readsTypedRows() {
		List<Car> cars = client().from("cars")
			.select("*")
			.eq("make", "VW")
			.order("id")
			.limit(2)
			.list(Car.class)
			.block();
		assertThat(cars).containsExactly(new Car(2, "VW", new BigDecimal("2.50")),
				new Car(4, "VW", new BigDecimal("4.50")));
	}

	@Test
	void theVerbChoosesTheLane() {
		PooledClient client = client();
		client.from("cars").select("id").limit(1).list(Car.class).block();
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		client.from("orders").insert(Map.of("car_id", 1, "reference", "lane")).execute().block();
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isEqualTo(1);
	}

	@Test
	void anonSeesWhatPoliciesAllowServiceSeesAllAndAUserSeesTheirOwn() {
		PooledClient client = client();
		assertThat(client.from("notes").select("*").list(Note.class).block()).isEmpty();
		assertThat(client.asService().from("notes").select("*").list(Note.class).block()).hasSizeGreaterThan(1);
		assertThat(client.asUser(server().userToken(USER_A)).from("notes").select("*").list(Note.class).block())
			.extracting(Note::owner)
			.containsOnly(USER_A);
		assertThat(
				client.asUser(server().userToken(USER_A)).asAnon().from("notes").select("*").list(Note.class).block())
			.isEmpty();
	}

	@Test
	void oneConnectionServesAnyIdentity() {
		PooledClient client = client((builder) -> connections(builder, 1));
		client.asService().from("notes").select("*").list(Note.class).block();
		assertThat(client.from("notes").select("*").list(Note.class).block()).isEmpty();
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(1);
	}

	@Test
	void anIdentityOfTheApplicationsOwnWebClientIsNeverSent() {
		PooledClient client = client((builder) -> builder
			.webClient(WebClient.builder().defaultHeader("Authorization", "Bearer " + server().serviceKey())));
		PooledClient keyless = PooledClient.builder(server().url(), ApiKeys.withoutAnonKey(null))
			.restPath("/")
			.webClient(WebClient.builder().defaultHeader("Authorization", "Bearer " + server().serviceKey()))
			.build();
		assertThat(client.from("notes").select("*").list(Note.class).block()).isEmpty();
		assertThat(keyless.from("notes").select("*").list(Note.class).block()).isEmpty();
		keyless.close(Duration.ZERO).block();
	}

	@Test
	void aWriteThatThePolicyRefusesIsDenied() {
		Mono<Void> write = client().from("notes").insert(Map.of("owner", USER_A, "body", "forged")).execute();
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class).isThrownBy(write::block)
			.satisfies((ex) -> assertThat(PostgrestException.in(ex).orElseThrow().error().code()).contains("42501"));
	}

	@Test
	void severalRequestsRunOnOneConnection() {
		PooledClient client = client((builder) -> connections(builder, 5));
		Long total = client.read("GET /report", (db) -> Mono.zip(db.from("cars").select("id").eq("make", "VW").count(),
				db.from("cars").select("id").eq("make", "Fiat").count(), Long::sum))
			.block();
		assertThat(total).isEqualTo(5_000);
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(1);
		assertThat(this.outcomes).singleElement()
			.satisfies((outcome) -> assertThat(outcome.operation()).hasToString("GET /report (read, anon)"));
	}

	@Test
	void aWriteInsideAReadIsRefusedBeforeAnythingIsSent() {
		PooledClient client = client();
		Mono<Void> write = client.read("GET /report",
				(db) -> db.from("orders").insert(Map.of("car_id", 1, "reference", "hidden")).execute());
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class).isThrownBy(write::block)
			.withMessage(
					"POST /orders cannot run on the read lane, which takes GET, HEAD and OPTIONS only. Use write(…), or lease the write lane");
		assertThat(client.from("orders").select("id").eq("reference", "hidden").list(Order.class).block()).isEmpty();
	}

	@Test
	void aLeaseRecordsWhereItWasAskedForIfThatIsWanted() {
		PooledClient client = client((builder) -> builder.leakStackTraces(true));
		try (ClientLease lease = client.blocking().lease(Lane.READ, "GET /export")) {
			assertThat(lease.isActive()).isTrue();
			Throwable asked = client.pool(Lane.READ).leases().get(0).owner().stackTrace();
			assertThat(asked).hasMessage("GET /export asked for a lease here");
			assertThat(asked.getStackTrace()).extracting(StackTraceElement::getMethodName)
				.contains("aLeaseRecordsWhereItWasAskedForIfThatIsWanted");
		}
		PooledClient other = client();
		try (ClientLease lease = other.blocking().lease(Lane.READ, "GET /export")) {
			assertThat(lease.isActive()).isTrue();
			assertThat(other.pool(Lane.READ).leases().get(0).owner().stackTrace()).isNull();
		}
	}

	@Test
	void aStreamHoldsItsLeaseUntilTheLastElement() {
		PooledClient client = client((builder) -> connections(builder, 1));
		Flux<Car> stream = client.from("cars").select("*").order("id").stream(Car.class);
		StepVerifier.create(stream, 1)
			.expectNextCount(1)
			.then(() -> assertThat(client.pool(Lane.READ).snapshot().active()).isEqualTo(1))
			.thenRequest(Long.MAX_VALUE)
			.expectNextCount(4_999)
			.verifyComplete();
		assertThat(client.pool(Lane.READ).snapshot().active()).isZero();
		assertThat(client.pool(Lane.READ).snapshot().destroyed()).isZero();
	}

	@Test
	void whatFollowsFromAResultFindsItsLeaseGivenBack() {
		PooledClient client = client((builder) -> connections(builder, 1));
		Mono<Integer> active = client.from("cars")
			.select("*")
			.eq("id", 1)
			.single(Car.class)
			.map((car) -> client.pool(Lane.READ).snapshot().active());
		assertThat(active.block()).isZero();
	}

	@Test
	void aStreamThatIsCancelledGivesItsPlaceBack() {
		PooledClient client = client((builder) -> connections(builder, 1));
		for (int i = 0; i < 20; i++) {
			assertThat(client.from("cars").select("*").stream(Car.class).take(3).collectList().block()).hasSize(3);
		}
		assertThat(client.from("cars").select("*").limit(3).list(Car.class).block()).hasSize(3);
		assertThat(this.outcomes).hasSize(21);
	}

	@Test
	void cancellingAtAnyMomentLosesNoLease() {
		PooledClient client = client((builder) -> connections(builder, 3));
		Flux.range(0, 400)
			.flatMap((i) -> client.from("cars")
				.select("*")
				.limit(20)
				.list(Car.class)
				.take(Duration.ofNanos(i * 25_000L))
				.onErrorComplete(), 32)
			.blockLast(Duration.ofSeconds(60));
		Awaitility.await().untilAsserted(() -> assertThat(client.pool(Lane.READ).snapshot().active()).isZero());
		assertThat(client.pool(Lane.READ).snapshot().pending()).isZero();
		assertThat(client.from("cars").select("*").limit(3).list(Car.class).block()).hasSize(3);
	}

	@Test
	void aRequestThatTakesTooLongFailsAndItsConnectionIsReplaced() {
		PooledClient client = client((builder) -> connections(builder, 1));
		Mono<String> slow = client.requestTimeout(Duration.ofMillis(300))
			.rpc("slow")
			.args(Map.of("seconds", 1.5))
			.readOnly()
			.value(String.class);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(slow::block)
			.withMessageContaining("GET /rpc/slow");
		assertThat(client.from("cars").select("*").limit(1).list(Car.class).block()).hasSize(1);
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(2);
	}

	@Test
	void anOperationEndsAtItsDeadline() {
		Mono<String> slow = client().named("GET /slow")
			.within(Duration.ofMillis(200))
			.rpc("slow")
			.args(Map.of("seconds", 3))
			.readOnly()
			.value(String.class);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(slow::block)
			.withMessageStartingWith("GET /slow did not end within its deadline of 200 ms");
	}

	@Test
	void aRequestPastItsDeadlineKeepsItsConnectionUntilItsAnswerHasArrived() {
		PooledClient client = client((builder) -> connections(builder, 1));
		assertThat(client.from("cars").select("*").limit(1).list(Car.class).block()).hasSize(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(slow(client.within(Duration.ofMillis(500)), 3)::block)
			.withMessageContaining("ms for the server");
		assertThat(client.pool(Lane.READ).connections()).singleElement()
			.satisfies((connection) -> assertThat(connection.state()).isEqualTo(ConnectionSnapshot.State.RESETTING));
		assertThat(client.from("cars").select("*").limit(1).list(Car.class).block()).hasSize(1);
		assertThat(client.pool(Lane.READ).snapshot().created()).isOne();
	}

	/**
	 * What was measured is only used while it is recent, so a pause of the machine needs
	 * another try.
	 */
	@Test
	void whatCannotBeAnsweredBeforeItsDeadlineIsNotSent() {
		PooledClient client = client((builder) -> connections(builder, 1)).named("GET /slow");
		Awaitility.await().untilAsserted(() -> {
			slow(client, 0.5).block();
			long leases = client.pool(Lane.READ).snapshot().acquired();
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(slow(client.within(Duration.ofMillis(300)), 0.5)::block)
				.withMessageMatching(
						"GET /slow was not sent, since the server takes about \\d+ ms for it at present, and"
								+ " less is left of its deadline of 300 ms \\(attempt 1; \\d+ ms waiting for a connection,"
								+ " 0 ms for the server\\).*");
			assertThat(client.pool(Lane.READ).snapshot().acquired()).isEqualTo(leases);
		});
	}

	@Test
	void aCallerLeavesTheQueueWhenItCannotBeAnsweredBeforeItsDeadlineAnyMore() {
		PooledClient client = client((builder) -> connections(builder, 1)).named("GET /slow");
		Awaitility.await().untilAsserted(() -> {
			slow(client, 0.3).block();
			CompletableFuture<String> holder = slow(client.named("GET /held"), 0.9).toFuture();
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(slow(client.within(Duration.ofMillis(700)), 0.3)::block)
				.withMessageContaining("was not sent")
				.withMessageNotContaining(" 0 ms waiting for a connection");
			holder.join();
		});
	}

	@Test
	void aReadThatWouldWaitTakesAFreeConnectionOfTheWriteLane() {
		PooledClient client = sharing(LaneSharing.IDLE);
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		assertThat(oneCar(client).block(Duration.ofSeconds(10))).hasSize(1);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isOne();
		lease.close();
		assertThat(oneCar(client).block(Duration.ofSeconds(10))).hasSize(1);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isOne();
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation().lane()).containsOnly(Lane.READ);
	}

	@Test
	void aLaneKeepsItsMinimumToItself() throws SQLException {
		PooledClient client = sharing(LaneSharing.IDLE);
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		try (StatementGate gate = StatementGate.of(server())) {
			CompletableFuture<String> lent = StatementGate.pass(client).toFuture();
			gate.awaitReached();
			CompletableFuture<List<Car>> lentAfterThat = oneCar(client).toFuture();
			assertThat(client.pool(Lane.READ).pending()).isOne();
			assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isOne();
			gate.open();
			lent.join();
			lentAfterThat.join();
		}
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isEqualTo(2);
		lease.close();
	}

	@Test
	void aLaneLendsNoMoreWhileALentStatementThatWasGivenUpStillRuns() throws SQLException {
		PooledClient client = sharing(LaneSharing.IDLE);
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		try (StatementGate gate = StatementGate.of(server())) {
			Disposable lent = StatementGate.pass(client).subscribe();
			gate.awaitReached();
			assertThat(client.pool(Lane.WRITE).snapshot().active()).isOne();
			lent.dispose();
			CompletableFuture<List<Car>> notLent = oneCar(client).toFuture();
			assertThat(client.pool(Lane.READ).pending()).isOne();
			lease.close();
			notLent.join();
		}
	}

	@Test
	void aLaneLendsNothingAfterTheServerWasTooLate() throws SQLException {
		PooledClient client = sharing(LaneSharing.IDLE);
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		try (StatementGate gate = StatementGate.of(server())) {
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(StatementGate.pass(client.within(Duration.ofSeconds(2)))::block)
				.withMessageContaining("may still have run");
			assertThat(gate.isReached()).isTrue();
		}
		Awaitility.await()
			.until(() -> client.pool(Lane.WRITE)
				.connections()
				.stream()
				.noneMatch((connection) -> connection.state() == ConnectionSnapshot.State.RESETTING));
		CompletableFuture<List<Car>> notLent = oneCar(client).toFuture();
		assertThat(client.pool(Lane.READ).pending()).isOne();
		lease.close();
		notLent.join();
	}

	@Test
	void aStatementThatIsGivenUpReturnsItsConnection() {
		PooledClient client = sharing(LaneSharing.IDLE);
		ClientLease lease = client.lease(Lane.READ, "GET /export").block();
		for (int i = 0; i < 3; i++) {
			Disposable lent = oneCar(client).subscribe();
			lent.dispose();
		}
		Awaitility.await()
			.until(() -> client.pool(Lane.WRITE)
				.connections()
				.stream()
				.noneMatch((connection) -> connection.state() == ConnectionSnapshot.State.LEASED
						|| connection.state() == ConnectionSnapshot.State.RESETTING));
		assertThat(oneCar(client).block(Duration.ofSeconds(10))).hasSize(1);
		lease.close();
	}

	@Test
	void lanesMayKeepTheirConnectionsToThemselves() {
		PooledClient client = sharing(LaneSharing.NONE);
		waitUntilReleased(client, client.lease(Lane.READ, "GET /export").block());
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isZero();
	}

	/**
	 * Two reads wait in their lane until a lease of it is released.
	 */
	private static void waitUntilReleased(PooledClient client, ClientLease lease) {
		List<CompletableFuture<List<Car>>> reads = List.of(oneCar(client).toFuture(), oneCar(client).toFuture());
		assertThat(client.pool(Lane.READ).pending()).isEqualTo(2);
		lease.close();
		reads.forEach(CompletableFuture::join);
	}

	@Test
	void aSuspendedLaneTakesNoConnectionOfTheOther() {
		PooledClient client = sharing(LaneSharing.IDLE);
		client.pool(Lane.READ).suspend();
		List<CompletableFuture<List<Car>>> reads = List.of(oneCar(client).toFuture(), oneCar(client).toFuture());
		assertThat(client.pool(Lane.READ).pending()).isEqualTo(2);
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isZero();
		client.pool(Lane.READ).resume();
		reads.forEach(CompletableFuture::join);
	}

	private PooledClient sharing(LaneSharing sharing) {
		PooledClient client = client((builder) -> builder.laneSharing(sharing)
			.lane(Lane.READ, (options) -> options.minConnections(1).maxConnections(1))
			.lane(Lane.WRITE, (options) -> options.minConnections(1).maxConnections(2)));
		awaitIdle(client, 1);
		return client;
	}

	private static Mono<List<Car>> oneCar(PooledClient client) {
		return client.from("cars").select("*").limit(1).list(Car.class);
	}

	private static Mono<String> slow(PooledClient client, double seconds) {
		return client.rpc("slow").args(Map.of("seconds", seconds)).readOnly().value(String.class);
	}

	@Test
	void acquireTimeoutNamesTheOperationsThatHoldTheConnections() {
		PooledClient client = openClient(1,
				(builder) -> builder.lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(100))));
		try (ClientLease lease = client.blocking().lease(Lane.READ, "GET /export")) {
			Mono<List<Car>> read = client.from("cars").select("*").list(Car.class);
			assertThatExceptionOfType(TransientDataAccessResourceException.class).isThrownBy(read::block)
				.withMessageContaining("pool 'read' had no connection free within 100ms (1 of 1 leased")
				.withMessageContaining(": GET /export)");
			assertThat(lease.isActive()).isTrue();
		}
	}

	@Test
	void theBlockingViewTakesTheSamePath() {
		PooledClient client = client();
		assertThat(client.named("GET /api/cars").blocking().from("cars").select("*").limit(2).list(Car.class))
			.hasSize(2);
		assertThat(this.outcomes).singleElement()
			.satisfies((outcome) -> assertThat(outcome.operation().name()).isEqualTo("GET /api/cars"));
	}

	@Test
	void theBlockingViewRefusesThreadsThatMustNotBlock() {
		PooledClient client = client();
		Mono<Object> wrong = Mono
			.fromSupplier(() -> (Object) client.blocking().from("cars").select("*").list(Car.class))
			.subscribeOn(Schedulers.parallel());
		assertThatIllegalStateException().isThrownBy(wrong::block).withMessageContaining("block");
		Mono<ClientLease> wrongLease = Mono.fromSupplier(() -> client.blocking().lease(Lane.READ, "GET /export"))
			.subscribeOn(Schedulers.parallel());
		assertThatIllegalStateException().isThrownBy(wrongLease::block).withMessageContaining("must not block");
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isZero();
	}

	@Test
	void aManualLeaseUsesItsConnectionOnly() {
		PooledClient client = client((builder) -> connections(builder, 2));
		ClientLease kept;
		try (ClientLease lease = client.asService().blocking().lease(Lane.READ, "GET /export")) {
			kept = lease;
			String body = lease.webClient()
				.get()
				.uri("/notes?select=body&limit=1")
				.retrieve()
				.bodyToMono(String.class)
				.block();
			assertThat(body).contains("of a");
			assertThat(lease.blockingPostgrest().from("notes").select("*").list(Note.class)).hasSizeGreaterThan(1);
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class).isThrownBy(
					() -> lease.webClient().post().uri("/orders").bodyValue("{}").retrieve().toBodilessEntity().block())
				.withMessageContaining("POST cannot run on the read lane");
			assertThatExceptionOfType(Exception.class)
				.isThrownBy(
						() -> lease.webClient().get().uri("http://127.0.0.2:9/").retrieve().toBodilessEntity().block())
				.withMessageContaining("127.0.0.2")
				.withMessageNotContaining(server().serviceKey());
			assertThat(client.pool(Lane.READ).snapshot().active()).isEqualTo(1);
		}
		assertThatIllegalStateException().isThrownBy(kept::webClient).withMessageContaining("was closed");
		assertThat(client.pool(Lane.READ).snapshot().created()).isEqualTo(1);
	}

	@Test
	void aWebClientKeptBeyondItsLeaseIsRefused() {
		PooledClient client = client();
		AtomicReference<WebClient> kept = new AtomicReference<>();
		try (ClientLease lease = client.blocking().lease(Lane.READ, "GET /export")) {
			kept.set(lease.webClient());
		}
		assertThatIllegalStateException()
			.isThrownBy(() -> kept.get().get().uri("/cars?limit=1").retrieve().toBodilessEntity().block())
			.withMessageContaining("was closed");
	}

	@Test
	void aLeaseTakenReactivelyIsGivenBack() {
		PooledClient client = client((builder) -> connections(builder, 1));
		Mono<List<Car>> cars = Mono.usingWhen(client.lease(Lane.READ, "GET /export"),
				(lease) -> lease.postgrest().from("cars").select("*").limit(3).list(Car.class),
				(lease) -> Mono.fromRunnable(lease::close));
		assertThat(cars.block()).hasSize(3);
		assertThat(cars.block()).hasSize(3);
		assertThat(client.pool(Lane.READ).snapshot().active()).isZero();
	}

	@Test
	void listenersAreNotifiedOncePerOperation() {
		PooledClient client = client();
		client.asService().named("count").from("cars").select("id").count().block();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.from("no_such_table").select("*").list(Car.class).block());
		client.from("cars").select("*").list(Car.class).subscribe().dispose();
		Awaitility.await().until(() -> this.outcomes.size() == 3);
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation() + " " + outcome.result())
			.containsExactly("count (read, service) " + Result.SUCCESS,
					"GET /no_such_table (read, anon) " + Result.FAILURE, "GET /cars (read, anon) " + Result.CANCELLED);
		assertThat(this.outcomes.get(1).failure()).isInstanceOf(DataAccessException.class);
	}

	@Test
	void nothingIsSentBeforeSubscription() {
		PooledClient client = client();
		client.from("orders").insert(Map.of("car_id", 1, "reference", "never")).execute();
		assertThat(client.pool(Lane.WRITE).snapshot().acquired()).isZero();
	}

	@Test
	void blankTokensAreRefusedBeforeAnythingIsSent() {
		PooledClient client = client();
		assertThatIllegalArgumentException().isThrownBy(() -> client.asUser(" "))
			.withMessageContaining("token is blank, which PostgREST would take for anon");
		assertThatIllegalArgumentException().isThrownBy(() -> client.asUser("Bearer x"))
			.withMessageContaining("without 'Bearer '");
	}

	@Test
	void theServiceIdentityNeedsItsKey() {
		PooledClient client = client((builder) -> builder);
		assertThat(client.asService()).isNotNull();
		PooledClient withoutKey = PooledClient.builder(server().url(), ApiKeys.of(server().anonKey(), null))
			.restPath("/")
			.build();
		assertThatIllegalStateException().isThrownBy(withoutKey::asService)
			.withMessage("There is no service role key. Set it in the ApiKeys, or do not use asService()");
		withoutKey.close(Duration.ZERO).block();
	}

}
