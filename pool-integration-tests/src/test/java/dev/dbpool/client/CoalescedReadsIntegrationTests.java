package dev.dbpool.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.postgrest.value.Row;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.QueryTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Identical reads that share an exchange, on a real server.
 */
class CoalescedReadsIntegrationTests extends ClientTestSupport {

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	private static final String USER_B = "00000000-0000-0000-0000-00000000000b";

	private final List<Integer> callers = new CopyOnWriteArrayList<>();

	private PooledClient client;

	@BeforeEach
	void createClient() {
		this.client = openClient(4, (builder) -> builder.listener(new OperationListener() {

			@Override
			public void onEnd(OperationOutcome outcome) {
			}

			@Override
			public void onCoalesced(Operation operation, int callers) {
				CoalescedReadsIntegrationTests.this.callers.add(callers);
			}

		})).coalesced();
	}

	private static Mono<String> slow(PooledClient client, String seconds) {
		return client.rpc("slow").readOnly().arg("seconds", seconds).value(String.class);
	}

	/**
	 * Subscribes to reads while the lane lets none through, so that all of them are there
	 * before one is answered.
	 */
	private static <T> T joined(PooledClient client, Mono<T> reads) {
		client.pool(Lane.READ).suspend();
		CompletableFuture<T> results = reads.toFuture();
		client.pool(Lane.READ).resume();
		return results.join();
	}

	private List<OperationOutcome> exchanges(String name) {
		return this.outcomes.stream().filter((outcome) -> outcome.operation().name().equals(name)).toList();
	}

	@Test
	void identicalReadsShareAnExchangeAndOthersDoNot() {
		Mono<List<Car>> cheap = this.client.from("cars").select().lt("id", 4).order("id").list(Car.class);
		Mono<List<Row>> rows = this.client.from("cars").select().lt("id", 4).order("id").list(Row.class);
		Mono<List<Car>> others = this.client.from("cars").select().lt("id", 5).order("id").list(Car.class);
		var results = joined(this.client, Mono.zip(cheap, cheap, rows, others));
		assertThat(results.getT1()).extracting(Car::id).containsExactly(1L, 2L, 3L);
		assertThat(results.getT2()).isEqualTo(results.getT1()).isNotSameAs(results.getT1());
		assertThat(results.getT3()).hasSize(3);
		assertThat(results.getT4()).hasSize(4);
		assertThat(exchanges("GET /cars")).hasSize(2);
		assertThat(this.callers).containsExactlyInAnyOrder(3, 1);
		assertThat(cheap.block()).hasSize(3);
		assertThat(exchanges("GET /cars")).hasSize(3);
	}

	@Test
	void aViewCoalescesReads() {
		PooledClient client = client();
		Mono<List<Car>> cheapest = client.coalesced().from("cars").select().order("price").limit(20).list(Car.class);
		assertThat(Mono.zip(cheapest, cheapest, (first, second) -> first.equals(second)).block()).isTrue();
	}

	@Test
	void readsOfOtherViewsAndWritesAndStreamsShareNothing() {
		Mono<List<Car>> read = this.client.from("cars").select().eq("id", 1).list(Car.class);
		Mono<List<Car>> alone = client().from("cars").select().eq("id", 1).list(Car.class);
		Mono<List<Car>> named = this.client.named("GET /car").from("cars").select().eq("id", 1).list(Car.class);
		Flux<Car> stream = this.client.from("cars").select().eq("id", 1).stream(Car.class);
		Mono<List<Row>> preferring = this.client.prefer("timezone=UTC")
			.from("cars")
			.select()
			.eq("id", 1)
			.list(Row.class);
		Mono.when(read, alone, alone, named, stream, stream, preferring).block();
		assertThat(exchanges("GET /cars")).hasSize(6);
		assertThat(exchanges("GET /car")).hasSize(1);
		Mono<Long> write = this.client.from("cars").update(Map.of("price", 1.5)).eq("id", 1).executeAndCount();
		assertThat(Mono.zip(write, write).block()).isNotNull();
		assertThat(exchanges("PATCH /cars")).hasSize(2);
	}

	@Test
	void identitiesAndTokensAreNotMixed() {
		PooledClient a = this.client.asUser(server().userToken(USER_A));
		PooledClient b = this.client.asUser(() -> server().userToken(USER_B));
		this.client.pool(Lane.READ).suspend();
		CompletableFuture<List<List<String>>> reads = Flux.just(a, b, this.client.asService(), a, b)
			.flatMapSequential((view) -> view.from("notes").select().list(Note.class))
			.map((notes) -> notes.stream().map(Note::owner).distinct().sorted().toList())
			.collectList()
			.toFuture();
		Awaitility.await().until(() -> this.client.pool(Lane.READ).pending() >= 3);
		this.client.pool(Lane.READ).resume();
		List<List<String>> owners = reads.join();
		assertThat(owners).containsExactly(List.of(USER_A), List.of(USER_B), List.of(USER_A, USER_B), List.of(USER_A),
				List.of(USER_B));
		assertThat(exchanges("GET /notes")).extracting((outcome) -> outcome.operation().identity())
			.contains(Identity.Kind.SERVICE, Identity.Kind.USER);
		assertThat(exchanges("GET /notes")).hasSizeBetween(3, 4);
	}

	@Test
	void aTokenThatIsRefusedIsReplaced() {
		PooledClient user = this.client
			.asUser((refused) -> Mono.just(refused.isPresent() ? server().userToken(USER_A) : server()
				.token(Map.of("role", "authenticated", "sub", USER_A, "exp", Instant.now().minusSeconds(3600)))));
		Mono<List<Note>> notes = user.from("notes").select().list(Note.class);
		var both = Mono.zip(notes, notes).block();
		assertThat(both.getT1()).extracting(Note::owner).containsOnly(USER_A);
		assertThat(both.getT2()).isEqualTo(both.getT1());
	}

	@Test
	void aCallerThatCancelsFailsNoOther() {
		Mono<String> read = slow(this.client, "0.5");
		Disposable first = read.subscribe();
		Mono<String> second = read.cache();
		second.subscribe();
		first.dispose();
		assertThat(second.block()).isEqualTo("slept");
		assertThat(exchanges("GET /rpc/slow")).extracting(OperationOutcome::result).containsExactly(Result.SUCCESS);
		assertThat(this.callers).containsExactly(2);
	}

	@Test
	void theLastCallerCancelsTheExchangeAndNoneJoinsItAfterwards() {
		Mono<String> read = slow(this.client, "0.6");
		Disposable first = read.subscribe();
		Disposable second = read.subscribe();
		first.dispose();
		second.dispose();
		assertThat(read.block()).isEqualTo("slept");
		assertThat(exchanges("GET /rpc/slow")).extracting(OperationOutcome::result)
			.containsExactly(Result.CANCELLED, Result.SUCCESS);
	}

	@Test
	void eachCallerHasItsOwnDeadline() {
		PooledClient hasty = this.client.requestTimeout(Duration.ofSeconds(20)).within(Duration.ofSeconds(6));
		Mono<Signal<String>> read = slow(hasty, "0.1").materialize();
		server().postgrest().pause();
		List<Signal<String>> ends = Flux.just(0, 3_000)
			.flatMapSequential((delay) -> Mono.delay(Duration.ofMillis(delay)).then(read))
			.doOnNext((end) -> server().postgrest().resume())
			.collectList()
			.block();
		assertThat(ends.get(0).getThrowable()).isInstanceOf(QueryTimeoutException.class)
			.hasMessageContaining("GET /rpc/slow did not end within its deadline of 6000 ms.");
		assertThat(OperationFailure.in(ends.get(0).getThrowable())).map(OperationFailure::operation)
			.isEqualTo(Optional.of("GET /rpc/slow"));
		assertThat(ends.get(1).get()).isEqualTo("slept");
		assertThat(exchanges("GET /rpc/slow")).hasSize(1);
	}

	@Test
	void eachCallerReceivesItsOwnException() {
		Mono<Throwable> read = slow(this.client, "x").materialize().mapNotNull(Signal::getThrowable);
		List<Throwable> failures = joined(this.client, Mono.zip(read, read, (first, second) -> List.of(first, second)));
		assertThat(exchanges("GET /rpc/slow")).hasSize(1);
		assertThat(failures.get(0)).isNotSameAs(failures.get(1)).hasMessage(failures.get(1).getMessage());
		assertThat(failures).allSatisfy((failure) -> {
			assertThat(failure).isInstanceOf(DataIntegrityViolationException.class);
			assertThat(OperationFailure.in(failure)).hasValueSatisfying((operation) -> {
				assertThat(operation.operation()).isEqualTo("GET /rpc/slow");
				assertThat(operation.attempts()).isEqualTo(1);
				assertThat(operation.error().code()).contains("22P02");
			});
		});
	}

	@Test
	void anAnswerThatOneCallerCannotReadFailsNoOther() {
		Mono<List<Car>> cars = this.client.from("cars").select().eq("id", 2).list(Car.class);
		Mono<List<Integer>> numbers = this.client.from("cars").select().eq("id", 2).list(Integer.class);
		Throwable failure = joined(this.client,
				numbers.materialize().zipWith(cars, (unreadable, read) -> unreadable.getThrowable()));
		assertThat(exchanges("GET /cars")).hasSize(1);
		assertThat(failure).isInstanceOf(DataRetrievalFailureException.class);
		assertThat(OperationFailure.in(failure)).map(OperationFailure::attempts).isEqualTo(Optional.of(1));
	}

	@Test
	void blockingCallersShareToo() {
		Mono<String> blocking = Mono
			.fromCallable(() -> this.client.blocking()
				.rpc("slow")
				.readOnly()
				.arg("seconds", "3")
				.value(String.class)
				.orElseThrow())
			.subscribeOn(Schedulers.boundedElastic());
		assertThat(Mono.zip(blocking, blocking, slow(this.client, "3")).block()).isNotNull();
		Awaitility.await().until(() -> !this.callers.isEmpty());
		assertThat(this.callers).containsExactly(3);
	}

	@Test
	void aSubscriberThatThrowsFailsNoOther() {
		Mono<String> read = slow(this.client, "0.4");
		read.subscribe((value) -> {
			throw new StackOverflowError("of a subscriber");
		});
		assertThat(read.block()).isEqualTo("slept");
		assertThat(this.callers).containsExactly(2);
	}

	@Test
	void theSettingOfTheBuilderCoalescesAllReads() {
		PooledClient all = openClient(2, (builder) -> builder.coalescedReads(true));
		Mono<Optional<Car>> car = all.table("cars", Car.class).get(7).singleOptional();
		assertThat(joined(all, Mono.zip(car, car))).isNotNull();
		assertThat(exchanges("GET /cars")).hasSize(1);
	}

	@Test
	void aFailureOfTheTransportIsNoSharedException() {
		server().postgrest().stop();
		Mono<Throwable> read = this.client.within(Duration.ofSeconds(5))
			.from("cars")
			.select()
			.list(Car.class)
			.materialize()
			.mapNotNull(Signal::getThrowable);
		List<Throwable> failures = Mono.zip(read, read, (first, second) -> List.of(first, second)).block();
		assertThat(failures.get(0)).isInstanceOf(DataAccessException.class)
			.hasSameClassAs(failures.get(1))
			.isNotSameAs(failures.get(1));
	}

}
