package dev.dbpool.postgrest;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;
import dev.dbpool.postgrest.value.Row;
import io.netty.channel.ChannelId;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for the errors of a real PostgREST on a real PostgreSQL.
 */
class PostgrestErrorsIntegrationTests {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().schemas("public", "shop").script(PostgrestClientIntegrationTests.SCRIPT));

	private final PostgrestServer server;

	private final BlockingPostgrestClient service;

	PostgrestErrorsIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.service = Stack.service(server).blocking();
	}

	/**
	 * The one connection that PostgREST has may still run what a test gave up.
	 */
	@AfterEach
	void repair() {
		this.server.ensureRunning();
		Awaitility.await()
			.ignoreExceptionsInstanceOf(DataAccessException.class)
			.until(() -> this.service.from("owners").select("id").limit(1).list(Row.class).size() <= 1);
	}

	@Test
	void violationsOfConstraints() {
		this.service.from("owners").upsert(Map.of("id", 1, "name", "Ada")).execute();
		DataAccessException duplicate = assertFails(DuplicateKeyException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("owners").insert(Map.of("id", 1, "name", "Ada")).execute());
		assertThat(duplicate).hasMessage("duplicate key value violates unique constraint \"owners_pkey\""
				+ " [POST /owners, status 409, code 23505]");
		assertThat(PostgrestException.in(duplicate).orElseThrow().error().details())
			.contains("Key (id)=(1) already exists.");
		assertFails(DataIntegrityViolationException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("owners").insert(Map.of("id", 2)).execute());
		assertFails(DataIntegrityViolationException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("cars").insert(Map.of("id", 1, "make", "x", "owner_id", 77)).execute());
		assertFails(DataIntegrityViolationException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("cars").insert(Map.of("id", 1, "make", "x", "price", -1)).execute());
		assertFails(DataIntegrityViolationException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("cars").select().eq("id", "x").list(Row.class));
	}

	@Test
	void refusalsOfIdentities() {
		BlockingPostgrestClient anon = Stack.anon(this.server).blocking();
		DataAccessException policy = assertFails(PermissionDeniedDataAccessException.class, Kind.PERMISSION,
				Execution.ROLLED_BACK, () -> anon.from("notes").insert(Map.of("id", 1)).execute());
		assertThat(policy).hasMessageContaining("row-level security").hasMessageContaining("status 401");
		String expired = this.server
			.token(Map.of("role", "authenticated", "exp", Instant.now().minusSeconds(600).getEpochSecond()));
		DataAccessException token = assertFails(PermissionDeniedDataAccessException.class, Kind.AUTHENTICATION,
				Execution.NOT_RUN, () -> client(expired).from("notes").select().list(Row.class));
		assertThat(token.getMessage()).doesNotContain(expired);
		assertFails(PermissionDeniedDataAccessException.class, Kind.AUTHENTICATION, Execution.NOT_RUN,
				() -> client("no.jwt.atall").from("notes").select().list(Row.class));
		BlockingPostgrestClient user = client(this.server.userToken("11111111-1111-1111-1111-111111111111"));
		assertThat(assertFails(PermissionDeniedDataAccessException.class, Kind.PERMISSION, Execution.ROLLED_BACK,
				() -> user.from("notes").insert(Map.of("id", 1)).execute()))
			.hasMessageContaining("status 403");
	}

	private BlockingPostgrestClient client(String token) {
		return Stack.as(this.server, token).blocking();
	}

	@Test
	void requestsThatCannotBeRight() {
		assertFails(InvalidDataAccessResourceUsageException.class, Kind.UNKNOWN_OBJECT, Execution.ROLLED_BACK,
				() -> this.service.from("nope").select().list(Row.class));
		assertFails(InvalidDataAccessResourceUsageException.class, Kind.UNKNOWN_OBJECT, Execution.NOT_RUN,
				() -> this.service.rpc("nope").execute());
		assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("cars").select("nope").list(Row.class));
		assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.NOT_RUN,
				() -> this.service.from("cars").select("id::").list(Row.class));
		assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.NOT_RUN,
				() -> this.service.from("cars").insert("no json").execute());
		DataAccessException embed = assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT,
				Execution.NOT_RUN, () -> this.service.from("cars").select("*,owners(*)").list(Row.class));
		assertThat(embed).hasMessageContaining("status 300, code PGRST201").hasMessageContaining("Hint: ");
		assertThat(assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.NOT_RUN,
				() -> this.service.rpc("ambiguous").arg("a", 1).execute()))
			.hasMessageContaining("status 300, code PGRST203");
		assertFails(InvalidDataAccessApiUsageException.class, Kind.WRONG_LANE, Execution.ROLLED_BACK,
				() -> this.service.rpc("write_in_read").readOnly().execute());
	}

	@Test
	void aUrlThatIsTooLongIsNotSent() {
		List<Long> ids = LongStream.range(1_000_000, 1_010_000).boxed().toList();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.service.from("cars").select().in("id", ids).list(Row.class))
			.withMessageContaining("GET /cars has 80")
			.withMessageContaining("'in' on 'id' of 10000 values")
			.withMessageContaining("rpc(…)");
		List<Long> fewer = ids.subList(0, 3700);
		assertThat(this.service.from("cars").select().in("id", fewer).list(Row.class)).isEmpty();
		assertThat(this.service.from("cars").delete().in("id", fewer).executeAndCount()).isZero();
	}

	@Test
	void anAnswerWhoseHeadersAreTooLongIsAnError() {
		BlockingPostgrestClient narrow = PostgrestClient
			.create(WebClient.builder()
				.baseUrl(this.server.url().toString())
				.defaultHeaders((headers) -> headers.setBearerAuth(this.server.serviceKey()))
				.build())
			.blocking();
		assertThat(assertFails(DataRetrievalFailureException.class, Kind.PERMANENT, Execution.COMPLETED,
				() -> narrow.from("cars")
					.select()
					.in("id", LongStream.range(1_000_000, 1_003_000).boxed().toList())
					.list(Row.class)))
			.hasMessageContaining("maxHeaderSize");
	}

	@Test
	void anAnswerThatIsNoJsonIsAnError() {
		DataAccessException error = catchThrowableOfType(DataAccessException.class,
				() -> this.service.from("cars").select().header("X-Long", "x".repeat(60_000)).list(Row.class));
		assertThat(error).isNotNull().hasMessageContaining("[GET /cars");
		assertThat(error.getMessage()).hasSizeLessThan(400);
	}

	@Test
	void anAnswerToHeadCannotSayWhy() {
		assertThat(assertFails(InvalidDataAccessResourceUsageException.class, Kind.UNKNOWN_OBJECT, Execution.NOT_RUN,
				() -> this.service.from("nope").select().head()))
			.hasMessageContaining("ask by GET")
			.hasMessageContaining("HEAD /nope, status 404");
	}

	@Test
	void rowsAfterTheLastOne() {
		assertThat(assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
				() -> this.service.from("cars").select().offset(50).header("Prefer", "count=exact").list(Row.class)))
			.hasMessageContaining("status 416, code PGRST103");
	}

	@Test
	void aSchemaThatIsNotExposed() {
		assertThat(assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.NOT_RUN,
				() -> this.service.schema("nope").from("cars").select().list(Row.class)))
			.hasMessageContaining("code PGRST106");
	}

	@Test
	void aRollbackThatTheServerDoesNotAllow() {
		this.service.from("owners").upsert(Map.of("id", 40, "name", "x")).execute();
		assertThat(assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.COMPLETED,
				() -> this.service.from("owners").delete().eq("id", 40).rollback().execute()))
			.hasMessageContaining("tx=rollback")
			.hasMessageContaining("db-tx-end")
			.hasMessageContaining("The write was made");
	}

	@Test
	void errorsOfTheDatabaseByTheirState() {
		assertState("57014", QueryTimeoutException.class, Kind.SLOW_QUERY, Execution.ROLLED_BACK);
		assertState("40P01", CannotAcquireLockException.class, Kind.CONFLICT, Execution.ROLLED_BACK);
		assertState("55P03", CannotAcquireLockException.class, Kind.CONFLICT, Execution.ROLLED_BACK);
		assertState("53100", TransientDataAccessResourceException.class, Kind.OVERLOAD, Execution.ROLLED_BACK);
		assertState("08006", TransientDataAccessResourceException.class, Kind.OVERLOAD, Execution.ROLLED_BACK);
		assertState("22012", DataIntegrityViolationException.class, Kind.PERMANENT, Execution.ROLLED_BACK);
		assertState("P0001", UncategorizedPostgrestException.class, Kind.PERMANENT, Execution.ROLLED_BACK);
		assertState("XX000", UncategorizedPostgrestException.class, Kind.PERMANENT, Execution.ROLLED_BACK);
		assertState("PT429", TransientDataAccessResourceException.class, Kind.RATE_LIMIT, Execution.ROLLED_BACK);
		assertState("PT403", PermissionDeniedDataAccessException.class, Kind.PERMISSION, Execution.ROLLED_BACK);
		assertState("PT404", UncategorizedPostgrestException.class, Kind.PERMANENT, Execution.ROLLED_BACK);
	}

	@Test
	void aFunctionThatSetsItsStatusHasDoneItsWork() {
		for (String status : List.of("404", "409", "429", "503")) {
			for (String function : List.of("set_status", "set_status_and_return")) {
				this.service.from("owners").delete().eq("id", 60).execute();
				BlockingRpcCall call = this.service.rpc(function).arg("status", status).arg("owner", 60);
				assertCommitted(call::execute);
				assertThat(this.service.from("owners").select().eq("id", 60).count()).isEqualTo(1);
			}
		}
		this.service.from("owners").delete().eq("id", 60).execute();
		assertCommitted(() -> this.service.rpc("set_status_and_return")
			.arg("status", null)
			.arg("owner", 60)
			.offset(50)
			.header("Prefer", "count=exact")
			.list(Row.class));
		assertThat(this.service.from("owners").select().eq("id", 60).count()).isEqualTo(1);
	}

	private static void assertCommitted(ThrowingCallable call) {
		DataAccessException error = catchThrowableOfType(DataAccessException.class, call);
		assertThat(error).hasMessageEndingWith("The write was made");
		assertThat(Failure.of(error).execution()).isEqualTo(Execution.COMPLETED);
		assertThat(Failure.of(error).mayRetry(true, 0)).isFalse();
	}

	private void assertState(String state, Class<? extends DataAccessException> type, Kind kind, Execution execution) {
		assertThat(assertFails(type, kind, execution, () -> this.service.rpc("fail").arg("state", state).execute()))
			.hasMessageContaining("failed on purpose [POST /rpc/fail")
			.hasMessageContaining("code " + state);
	}

	@Test
	void answersGoodAndBadLeaveTheConnectionUsable() {
		Set<ChannelId> opened = ConcurrentHashMap.newKeySet();
		ConnectionProvider one = ConnectionProvider.create("one", 1);
		BlockingPostgrestClient client = Stack
			.over(this.server, this.server.serviceKey(),
					HttpClient.create(one).doOnConnected((connection) -> opened.add(connection.channel().id())))
			.blocking();
		for (int i = 0; i < 3; i++) {
			client.from("owners").upsert(Map.of("id", 1, "name", "Ada")).execute();
			client.rpc("add").arg("a", 1).arg("b", 2).execute();
			assertThat(client.from("owners").select().eq("id", 1).count()).isEqualTo(1);
			assertThat(client.from("owners").select().eq("id", 1).single(Row.class)).isNotNull();
			assertFails(DuplicateKeyException.class, Kind.PERMANENT, Execution.ROLLED_BACK,
					() -> client.from("owners").insert(Map.of("id", 1, "name", "Ada")).execute());
			assertFails(InvalidDataAccessResourceUsageException.class, Kind.PERMANENT, Execution.NOT_RUN,
					() -> client.from("cars").select("*,owners(*)").list(Row.class));
		}
		assertThat(opened).hasSize(1);
		one.dispose();
	}

	@Test
	void aDatabaseThatIsDown() {
		this.service.from("owners").select().list(Row.class);
		this.server.postgres().stop();
		DataAccessException error = catchThrowableOfType(DataAccessException.class, () -> {
			for (int attempt = 0; attempt < 10; attempt++) {
				this.service.from("owners").select().list(Row.class);
			}
		});
		assertThat(error).isInstanceOf(TransientDataAccessResourceException.class).hasMessageContaining("status 503");
		assertThat(Failure.of(error).mayRetry(true, 100)).isTrue();
		assertThat(Failure.of(error).countsAgainstServer()).isTrue();
	}

	@Test
	void aServerThatIsDown() {
		BlockingPostgrestClient fresh = Stack.over(this.server, this.server.serviceKey(), HttpClient.newConnection())
			.blocking();
		this.server.postgrest().kill();
		Awaitility.await()
			.until(() -> catchThrowableOfType(DataAccessException.class,
					() -> fresh.from("owners").select().list(Row.class)),
					(refused) -> refused != null && Failure.of(refused).execution() == Execution.NOT_RUN);
		assertFails(DataAccessResourceFailureException.class, Kind.TRANSIENT, Execution.NOT_RUN,
				() -> fresh.from("owners").insert(Map.of("id", 50, "name", "x")).execute());
	}

	@Test
	void aServerThatDoesNotAnswer() {
		BlockingPostgrestClient hasty = Stack.as(this.server, this.server.serviceKey(), Duration.ofMillis(200))
			.blocking();
		this.server.postgrest().pause();
		DataAccessException write = assertFails(QueryTimeoutException.class, Kind.TIMEOUT, Execution.UNKNOWN,
				() -> hasty.from("owners").insert(Map.of("id", 51, "name", "x")).execute());
		assertThat(write).hasMessageContaining("unknown whether the write was made");
		assertThat(Failure.of(write).mayRetry(false, 0)).isFalse();
	}

	private static DataAccessException assertFails(Class<? extends DataAccessException> type, Kind kind,
			Execution execution, ThrowingCallable call) {
		DataAccessException error = catchThrowableOfType(DataAccessException.class, call);
		assertThat(error).isExactlyInstanceOf(type);
		assertThat(Failure.of(error).kind()).isEqualTo(kind);
		assertThat(Failure.of(error).execution()).isEqualTo(execution);
		return error;
	}

}
