package dev.dbpool.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Whom operations act as when tokens come from a source, and what their errors report, on
 * a real server.
 */
class IdentityIntegrationTests extends ClientTestSupport {

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	private static final String USER_B = "00000000-0000-0000-0000-00000000000b";

	private String expired() {
		return server().token(Map.of("role", "authenticated", "sub", USER_A, "exp", Instant.now().minusSeconds(3600)));
	}

	@Test
	void anExpiredTokenIsReplacedOnce() {
		AtomicInteger questions = new AtomicInteger();
		PooledClient user = client().asUser((refused) -> {
			questions.incrementAndGet();
			return Mono.just(refused.isPresent() ? server().userToken(USER_A) : expired());
		});
		assertThat(user.from("notes").select("*").list(Note.class).block()).extracting(Note::owner)
			.containsOnly(USER_A);
		assertThat(questions).hasValue(2);
		assertThat(this.outcomes).singleElement().satisfies((outcome) -> {
			assertThat(outcome.attempts()).isEqualTo(2);
			assertThat(outcome.operation().identity()).isEqualTo(Identity.Kind.USER);
		});
	}

	@Test
	void aWriteWhoseTokenHadExpiredIsMadeOnce() {
		PooledClient user = client()
			.asUser((refused) -> Mono.just(refused.isPresent() ? server().userToken(USER_A) : expired()));
		user.from("notes").insert(Map.of("body", "once")).execute().block();
		assertThat(user.from("notes").select("*").eq("body", "once").count().block()).isEqualTo(1);
		user.from("notes").delete().eq("body", "once").execute().block();
	}

	@Test
	void aTokenThatStaysExpiredIsAskedForOnceMoreAndNoMore() {
		AtomicInteger questions = new AtomicInteger();
		PooledClient user = client((builder) -> builder.interceptor(new RetryingInterceptor())).asUser(() -> {
			questions.incrementAndGet();
			return expired();
		});
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
			.isThrownBy(user.from("notes").select("*").list(Note.class)::block)
			.satisfies((failure) -> assertThat(OperationFailure.in(failure)).hasValueSatisfying((operation) -> {
				assertThat(operation.operation()).isEqualTo("GET /notes");
				assertThat(operation.mayHaveRun()).isFalse();
				assertThat(operation.error().status())
					.hasValueSatisfying((status) -> assertThat(status.value()).isEqualTo(401));
			}));
		assertThat(questions.get()).isBetween(2, 3);
	}

	@Test
	void aRefusedPermissionIsNoReasonForAnotherToken() {
		AtomicInteger questions = new AtomicInteger();
		PooledClient user = client().asUser(() -> {
			questions.incrementAndGet();
			return server().userToken(USER_A);
		});
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
			.isThrownBy(user.from("notes").insert(Map.of("owner", USER_B, "body", "forged")).execute()::block);
		assertThat(questions).hasValue(1);
	}

	@Test
	void concurrentOperationsSignInOnce() {
		AtomicInteger signIns = new AtomicInteger();
		TokenSource source = TokenSource.keeping(
				Mono.fromSupplier(() -> (signIns.incrementAndGet() == 1) ? expired() : server().userToken(USER_A)));
		PooledClient user = client((builder) -> connections(builder, 5)).asUser(source);
		List<Note> notes = Flux.range(0, 20)
			.flatMap((number) -> user.from("notes").select("*").list(Note.class))
			.flatMapIterable((list) -> list)
			.collectList()
			.block();
		assertThat(notes).hasSizeGreaterThanOrEqualTo(20).extracting(Note::owner).containsOnly(USER_A);
		assertThat(signIns).hasValue(2);
	}

	@Test
	void aBlankTokenIsRefusedBeforeAnythingIsSent() {
		PooledClient client = client();
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(client.asUser(() -> " ").from("notes").select("*").list(Note.class)::block)
			.withMessageContaining("blank");
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(client.asUser(Mono.empty()).from("notes").select("*").list(Note.class)::block)
			.withMessageContaining("asAnon()");
		assertThat(client.pool(Lane.READ).snapshot().acquired()).isZero();
	}

	@Test
	void aSourceThatBlocksIsNeverCalledOnAThreadThatMustNot() {
		ConcurrentLinkedQueue<Boolean> nonBlocking = new ConcurrentLinkedQueue<>();
		PooledClient user = client().asUser(() -> {
			nonBlocking.add(Schedulers.isInNonBlockingThread());
			return server().userToken(USER_A);
		});
		Mono.delay(Duration.ofMillis(1)).then(user.from("notes").select("*").list(Note.class)).block();
		user.blocking().from("notes").select("*").list(Note.class);
		assertThat(nonBlocking).hasSize(2).containsOnly(false);
	}

	@Test
	void aStreamAndALeaseTakeTheirTokenFromTheSource() {
		PooledClient user = client()
			.asUser((refused) -> Mono.just(refused.isPresent() ? server().userToken(USER_A) : expired()));
		assertThat(user.from("notes").select("*").stream(Note.class).collectList().block()).extracting(Note::owner)
			.containsOnly(USER_A);
		PooledClient valid = client().asUser(() -> server().userToken(USER_B));
		try (ClientLease lease = valid.blocking().lease(Lane.READ, "GET /export")) {
			assertThat(lease.blockingPostgrest().from("notes").select("*").list(Note.class)).extracting(Note::owner)
				.containsOnly(USER_B);
		}
	}

	@Test
	void aViewWithoutIdentityActsAsTheSignedInUser() {
		PooledClient client = client((builder) -> builder.signedInUser(
				(refused) -> Mono.deferContextual((context) -> Mono.justOrEmpty(context.<String>getOrEmpty("token")))));
		Mono<List<Note>> notes = client.from("notes").select("*").list(Note.class);
		assertThat(notes.block()).isEmpty();
		assertThat(notes.contextWrite((context) -> context.put("token", server().userToken(USER_A))).block())
			.extracting(Note::owner)
			.containsOnly(USER_A);
		assertThat(client.asAnon()
			.from("notes")
			.select("*")
			.list(Note.class)
			.contextWrite((context) -> context.put("token", server().userToken(USER_A)))
			.block()).isEmpty();
		assertThat(this.outcomes).extracting((outcome) -> outcome.operation().identity())
			.containsExactly(Identity.Kind.ANON, Identity.Kind.USER, Identity.Kind.ANON);
	}

	@Test
	void errorsNameTheOperationItsAttemptsAndWhetherItMayHaveRun() {
		PooledClient client = client().named("POST /api/orders");
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(client.from("orders").insert(Map.of("car_id", -1, "reference", "none")).execute()::block)
			.satisfies((failure) -> assertThat(OperationFailure.in(failure)).hasValueSatisfying((operation) -> {
				assertThat(operation.operation()).isEqualTo("POST /api/orders");
				assertThat(operation.attempts()).isEqualTo(1);
				assertThat(operation.mayHaveRun()).isFalse();
				assertThat(operation.error().code()).contains("23503");
				assertThat(operation.error().details()).isPresent();
			}));
	}

	@Test
	void aWriteThatRanIntoItsDeadlineMayHaveRun() {
		PooledClient client = openClient(1, (builder) -> builder).within(Duration.ofSeconds(2));
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(client.rpc("slow").args(Map.of("seconds", 4)).value(String.class)::block)
			.satisfies((failure) -> assertThat(OperationFailure.in(failure))
				.hasValueSatisfying((operation) -> assertThat(operation.mayHaveRun()).isTrue()));
	}

	@Test
	void anOperationThatFailsAfterAWriteSaysThatAStatementRan() {
		PooledClient client = client();
		Mono<Void> work = client.write("POST /both",
				(db) -> db.from("orders")
					.insert(Map.of("car_id", 1, "reference", "kept"))
					.execute()
					.then(db.from("orders").insert(Map.of("car_id", -1, "reference", "none")).execute()));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(work::block)
			.satisfies((failure) -> assertThat(OperationFailure.in(failure))
				.hasValueSatisfying((operation) -> assertThat(operation.mayHaveRun()).isTrue()));
	}

	@Test
	void aFullQueueNamesTheOperation() {
		PooledClient client = openClient(1,
				(builder) -> builder.lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(100))));
		try (ClientLease lease = client.blocking().lease(Lane.READ, "GET /holder")) {
			assertThat(lease.isActive()).isTrue();
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(client.named("GET /waiter").from("cars").select("*").limit(1).list(Car.class)::block)
				.satisfies((failure) -> assertThat(OperationFailure.in(failure))
					.hasValueSatisfying((operation) -> assertThat(operation.operation()).isEqualTo("GET /waiter")));
		}
	}

	@Test
	void theSamplesOfTheDocumentationRun() {
		PooledClient client = client();
		Tokens tokens = () -> server().userToken(USER_A);
		Mono<String> signIn = Mono.fromSupplier(tokens::current);
		PooledClient user = client.asUser(() -> tokens.current());
		PooledClient job = client.asUser(TokenSource.keeping(signIn));
		assertThat(user.from("notes").select("*").list(Note.class).block())
			.isEqualTo(job.from("notes").select("*").list(Note.class).block());
		Map<String, Object> order = Map.of("car_id", -1, "reference", "none");
		try {
			client.named("POST /api/orders").blocking().from("orders").insert(order).execute();
		}
		catch (DataAccessException ex) {
			OperationFailure failure = OperationFailure.in(ex).orElseThrow();
			failure.operation();
			failure.attempts();
			failure.mayHaveRun();
			failure.error().code();
			assertThat(failure)
				.hasMessage("POST /api/orders (write, anon), attempts: 1, the statement did not run or was undone");
		}
	}

	private interface Tokens {

		String current();

	}

}
