package dev.dbpool.transaction;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.postgrest.Comparisons;
import dev.dbpool.postgrest.Direction;
import dev.dbpool.postgrest.Nulls;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.postgrest.value.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What transactions send, what they refuse to send, and how they read the answer.
 */
class TransactionsTests {

	private static final JsonMapper JSON = new JsonMapper();

	private static final JsonCodecs CODECS = JsonCodecs.of(WebClient.builder());

	private final List<PostgrestRequest> requests = new ArrayList<>();

	private @Nullable String answer;

	@Test
	void sendsOperationsInTheirOrderWithReferencesApart() {
		JsonNode body = body((tx) -> {
			var order = tx.from("orders").insert(Row.of(Map.of("total", new BigDecimal("1.50"))));
			tx.from("items")
				.insert(List.of(Map.of("n", 1, "order_id", order.ref("id"))))
				.with("tag", order.ref(2, "t"));
			tx.from("items").delete().in("id", order.refs("id")).returningNothing();
		});
		assertThat(body.path("opts").path("version").intValue()).isEqualTo(TransactionSql.VERSION);
		assertThat(body.path("opts").path("key").stringValue()).hasSize(36);
		assertThat(body.path("ops")).isEqualTo(JSON.readTree("""
				[{"op":"insert","table":"orders","rows":[{"total":1.50}]},
				{"op":"insert","table":"items","rows":[{"n":1,"order_id":null}],"with":{"tag":null},"references":[
				{"path":["rows","0","order_id"],"op":0,"row":0,"column":"id"},
				{"path":["with","tag"],"op":0,"row":2,"column":"t"}]},
				{"op":"delete","table":"items","where":[{"column":"id","operator":"in","value":null}],"returning":[],
				"references":[{"path":["where","0","value"],"op":0,"column":"id"}]}]
				"""));
	}

	@Test
	void oneHelperFiltersQueriesAndStatements() {
		assertThat(cheapOf(PostgrestClient.over(exchange()).from("cars").select("id"), 7, 8).request().target())
			.isEqualTo("/cars?select=id&price=lte.10&owner=in.(7,8)");
		assertThat(body((tx) -> cheapOf(tx.from("cars").delete(), 7, 8)).at("/ops/0/where")).isEqualTo(JSON.readTree("""
				[{"column":"price","operator":"lte","value":10},{"column":"owner","operator":"in","value":[7,8]}]
				"""));
	}

	private static <S extends Comparisons<S>> S cheapOf(S rows, long... owners) {
		return rows.lte("price", 10).in("owner", owners);
	}

	@Test
	void sendsEachStatementWithItsSettings() {
		JsonNode ops = body((tx) -> {
			tx.from("t").select("a", "b").order("a", Direction.DESC, Nulls.LAST).order("b").limit(3).offset(1);
			tx.schema("s").from("t").select().eq("a", 1).lock(RowLock.NO_KEY_UPDATE).skipLocked();
			tx.from("t").update(Map.of("a", 1)).set("b", null).increment("c", -2).all().returning("a").expect(3);
			tx.from("t").upsert(Map.of("a", 1)).onConflict("a", "b").ignoreDuplicates().columns("a");
			tx.from("t").delete().or((any) -> any.isNull("a").not((not) -> not.eq("b", 1).lt("c", 2))).expectAtMost(1);
			tx.rpc("f").arg("x", new byte[] { 1, (byte) 0xab });
		}).path("ops");
		assertThat(ops).isEqualTo(JSON.readTree(
				"""
						[{"op":"select","table":"t","returning":["a","b"],"order":[{"column":"a","direction":"desc","nulls":"last"},
						{"column":"b","direction":"asc"}],"limit":3,"offset":1},
						{"op":"select","table":"t","schema":"s","where":[{"column":"a","operator":"eq","value":1}],
						"lock":"no key update","wait":"skip locked"},
						{"op":"update","table":"t","set":{"a":1,"b":null},"increment":{"c":-2},"all":true,"returning":["a"],"expect":3},
						{"op":"upsert","table":"t","rows":[{"a":1}],"on_conflict":["a","b"],"resolution":"ignore","columns":["a"]},
						{"op":"delete","table":"t","where":[{"or":[{"column":"a","operator":"is","value":null},
						{"not":{"and":[{"column":"b","operator":"eq","value":1},{"column":"c","operator":"lt","value":2}]}}]}],
						"at_most":1},
						{"op":"rpc","function":"f","args":{"x":"\\\\x01ab"}}]
						"""));
	}

	@Test
	void aWriteIsIdempotentByItsKeyAndNewWithEachSubscription() {
		Mono<TransactionResult> write = transactions().run((tx) -> tx.from("t").insert(Map.of("a", 1)));
		write.block();
		write.block();
		assertThat(this.requests).allMatch(PostgrestRequest::isIdempotent)
			.allMatch((request) -> request.method().equals(HttpMethod.POST))
			.extracting(PostgrestRequest::path)
			.containsOnly("/rpc/dbpool_transaction");
		assertThat(key(0)).isNotEqualTo(key(1));
		transactions().run((tx) -> tx.idempotencyKey("mine").from("t").insert(Map.of("a", 1))).block();
		assertThat(key(2)).isEqualTo("mine");
		transactions().run((tx) -> tx.withoutIdempotencyKey().from("t").insert(Map.of("a", 1))).block();
		assertThat(this.requests.get(3).isIdempotent()).isFalse();
		transactions().run((tx) -> tx.from("t").select()).block();
		assertThat(this.requests.get(4).isIdempotent()).isTrue();
		assertThat(key(4)).isEmpty();
	}

	@Test
	void isolationAndSchemaChooseTheFunction() {
		Transactions.over(exchange(), "api").run((tx) -> tx.serializable().from("t").select()).block();
		assertThat(this.requests.get(0).path()).isEqualTo("/rpc/dbpool_transaction_serializable");
		assertThat(this.requests.get(0).headers().getFirst("Content-Profile")).isEqualTo("api");
		Transactions.over(exchange(), "api").run((tx) -> tx.readOnly().from("t").select().eq("a", "x&y")).block();
		PostgrestRequest read = this.requests.get(1);
		assertThat(read.method()).isEqualTo(HttpMethod.GET);
		assertThat(read.headers().getFirst("Accept-Profile")).isEqualTo("api");
		assertThat(URLDecoder.decode(read.target(), StandardCharsets.UTF_8)).isEqualTo(
				"/rpc/dbpool_transaction_read?ops=[{\"op\":\"select\",\"table\":\"t\",\"where\":[{\"column\":\"a\","
						+ "\"operator\":\"eq\",\"value\":\"x&y\"}]}]&opts={\"version\":1}");
		transactions().run((tx) -> tx.readOnly().from("t").select().eq("a", "x".repeat(9_000))).block();
		assertThat(this.requests.get(2).method()).isEqualTo(HttpMethod.POST);
		assertThat(this.requests.get(2).isIdempotent()).isTrue();
	}

	@Test
	void refusesWhatCannotBeMeantBeforeItIsSent() {
		refusesState("no operation", (tx) -> {
		});
		refusesState("operation 2 (update t) has no filter", (tx) -> {
			tx.from("t").select();
			tx.from("t").update(Map.of("a", 1));
		});
		refusesState("operation 1 (delete t) has no filter", (tx) -> tx.from("t").delete());
		refusesState("sets no column", (tx) -> tx.from("t").update().eq("a", 1));
		refusesState("locks nothing", (tx) -> tx.from("t").select().noWait());
		refusesState("is no upsert", (tx) -> tx.from("t").insert(Map.of("a", 1)).onConflict("a"));
		refusesState("operation 1 (insert t) writes or locks in a read-only transaction",
				(tx) -> tx.readOnly().from("t").insert(Map.of("a", 1)));
		refusesState("writes or locks", (tx) -> tx.readOnly().from("t").select().lock(RowLock.SHARE));
		refusesState("takes no isolation", (tx) -> tx.readOnly().serializable().from("t").select());
		refusesState("at most 1000 operations", (tx) -> {
			for (int i = 0; i <= 1_000; i++) {
				tx.from("t").select();
			}
		});
		refusesState("as an object", (tx) -> tx.from("t").update(new Pair(1, 2)).set("a", 1).all());
		assertThat(this.requests).isEmpty();
	}

	@Test
	void refusesBadArgumentsBeforeAnythingIsSent() {
		refusesArgument("no rows", (tx) -> tx.from("t").insert(List.of()));
		refusesArgument("A row is null", (tx) -> tx.from("t").insert(Arrays.asList(Map.of("a", 1), null)));
		refusesArgument("A row is a map", (tx) -> tx.from("t").insert("{}"));
		refusesArgument("is null", (tx) -> tx.from("t").select().in("a", List.of(1)).where(nullComparison()));
		refusesArgument("is empty", (tx) -> tx.from("t").select().or((any) -> any));
		refusesArgument("table name is blank", (tx) -> tx.from(" "));
		refusesArgument("1 to 200 characters", (tx) -> tx.idempotencyKey("k".repeat(201)));
		refusesArgument("is negative", (tx) -> tx.from("t").select().expect(-1));
		assertThat(this.requests).isEmpty();
	}

	private static TransactionCondition nullComparison() {
		return TransactionCondition.compare("b", "eq", null);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a\0", "\ud83d" })
	void refusesTextsThatCannotBeStored(String bad) {
		refusesArgument("'name'", (tx) -> tx.from("cars").delete().eq("name", bad));
		refusesArgument("'name'", (tx) -> tx.from("cars").delete().in("name", List.of("a", bad)));
		refusesArgument("'name'", (tx) -> tx.from("cars").update().set("a", 1).or((any) -> any.like("name", bad)));
		refusesArgument("where.0.value.k", (tx) -> tx.from("cars").delete().contains("data", Map.of("k", bad)));
		refusesArgument("rows.1.name", (tx) -> tx.from("cars").insert(List.of(Map.of("a", 1), Map.of("name", bad))));
		refusesArgument("set.name", (tx) -> tx.from("cars").update().set("name", bad).all());
		refusesArgument("args.x", (tx) -> tx.rpc("f").arg("x", bad));
		refusesArgument("argument name", (tx) -> tx.rpc("f").arg(bad, 1));
		refusesArgument("column name", (tx) -> tx.from("cars").select(bad));
		refusesArgument("table name", (tx) -> tx.from(bad).select());
		refusesArgument("schema name", (tx) -> tx.schema(bad));
		refusesArgument("idempotency key", (tx) -> {
			tx.idempotencyKey(bad);
			tx.from("cars").delete().all();
		});
		refusesArgument("where.0.value", (tx) -> {
			tx.readOnly();
			tx.from("cars").select().contains("data", Row.of(Map.of("k", bad)));
		});
		assertThat(this.requests).isEmpty();
	}

	@Test
	void refusesReferencesToWhatWillNotBeThere() {
		AtomicReference<Reference> foreign = new AtomicReference<>();
		transactions().run((tx) -> foreign.set(tx.from("t").select().ref("id"))).block();
		this.requests.clear();
		refusesArgument("operation 1 (insert t) refers to an operation of another transaction: column 'id' in row 1",
				(tx) -> tx.from("t").insert(Map.of("a", foreign.get())));
		refusesArgument("operation 1 (update t) refers to what does not run before it", (tx) -> {
			var update = tx.from("t").update();
			update.set("a", update.ref("id")).all();
		});
		refusesArgument("refers to what is not returned: column 'id' in row 1 of operation 1 (insert t)", (tx) -> {
			var insert = tx.from("t").insert(Map.of("a", 1)).returning("name");
			tx.from("t").delete().eq("id", insert.ref("id"));
		});
		assertThat(this.requests).isEmpty();
	}

	@Test
	void aReferenceInsideAnObjectIsNotSentUnseen() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> body((tx) -> {
			var first = tx.from("t").insert(Map.of("a", 1));
			tx.from("t").insert(new Pair(first.ref("id"), 1));
		})).withStackTraceContaining("A reference stands inside an object");
	}

	@Test
	void takesNothingAfterItsLambda() {
		AtomicReference<TransactionScope> scope = new AtomicReference<>();
		AtomicReference<InsertStatement> insert = new AtomicReference<>();
		transactions().run((tx) -> {
			scope.set(tx);
			insert.set(tx.from("t").insert(Map.of("a", 1)));
		}).block();
		assertThatIllegalStateException().isThrownBy(() -> scope.get().from("t").select())
			.withMessageContaining("inside its lambda only");
		assertThatIllegalStateException().isThrownBy(() -> insert.get().expect(1));
	}

	@Test
	void readsRowsWithoutLosingDigits() {
		this.answer = "{\"replayed\":true,\"results\":[{\"count\":2,\"rows\":[{\"a\":12345678901234567890.10,\"b\":1},"
				+ "{\"a\":9223372036854775807,\"b\":2}]},{\"count\":1,\"rows\":[null]}]}";
		TransactionResult result = transactions().run((tx) -> {
			tx.from("t").select();
			tx.rpc("f");
		}).block();
		assertThat(result.replayed()).isTrue();
		assertThat(result.count(0)).isEqualTo(2);
		assertThat(result.rows(0, Row.class)).extracting((row) -> row.get("a"))
			.containsExactly(new BigDecimal("12345678901234567890.10"), Long.MAX_VALUE);
		assertThat(result.rows(0, Pair.class)).extracting(Pair::b).containsExactly(1, 2);
		assertThat(result.rows(1, String.class)).isEmpty();
		assertThatExceptionOfType(DataRetrievalFailureException.class).isThrownBy(() -> result.rows(0, Integer.class))
			.withMessageContaining("operation 1 returned cannot be read as java.lang.Integer");
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> result.count(2));
	}

	@Test
	void aRowThatIsNotTheOnlyOneIsReportedAfterwards() {
		this.answer = "{\"replayed\":false,\"results\":[{\"count\":2,\"rows\":[1,2]}]}";
		assertThatExceptionOfType(IncorrectResultSizeDataAccessException.class)
			.isThrownBy(() -> transactions().call((tx) -> {
				var select = tx.from("t").select();
				return (result) -> result.row(select, Integer.class);
			}).block())
			.withMessageContaining("returned 2 rows instead of one");
		Mono<Integer> sum = transactions().call((tx) -> {
			var select = tx.from("t").select();
			return select.list(Integer.class).and(select.count(), (list, count) -> list.get(1) + count.intValue());
		});
		assertThat(sum.block()).isEqualTo(4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "<html>Welcome</html>", "{}", "[]", "null", "{\"results\":[]}",
			"{\"results\":[{},{}]}", "{\"results\":[{}" })
	void anAnswerOfSomethingElseLeavesTheOutcomeUnknown(String answer) {
		this.answer = answer;
		assertThatExceptionOfType(TransactionOutcomeUnknownException.class).isThrownBy(
				() -> transactions().run((tx) -> tx.idempotencyKey("mine").from("t").insert(Map.of("a", 1))).block())
			.satisfies((unknown) -> assertThat(unknown.idempotencyKey()).isEqualTo("mine"));
		assertThatExceptionOfType(DataRetrievalFailureException.class).isThrownBy(
				() -> transactions().run((tx) -> tx.withoutIdempotencyKey().from("t").insert(Map.of("a", 1))).block())
			.withMessageContaining("not that of dbpool_transaction");
	}

	@Test
	void aFailedOperationOfALaterAttemptLeavesTheOutcomeUnknown() {
		WebClient client = WebClient.builder()
			.baseUrl("http://localhost")
			.exchangeFunction((request) -> Mono.just(ClientResponse.create(HttpStatus.CONFLICT)
				.header("Content-Type", "application/json")
				.body("{\"code\":\"PT409\",\"message\":\"operation 1 of 1 (update t): none\",\"details\":"
						+ "\"{\\\"dbpool\\\":{\\\"index\\\":0,\\\"kind\\\":\\\"update\\\",\\\"check\\\":\\\"rows\\\"}}\"}")
				.build()))
			.build();
		Consumer<TransactionScope> work = (tx) -> tx.idempotencyKey("mine").from("t").update(Map.of("a", 1)).all();
		Transactions uncertain = Transactions.over(new WebClientExchange(client), null, CODECS, (failure) -> true);
		assertThatExceptionOfType(TransactionOutcomeUnknownException.class)
			.isThrownBy(() -> uncertain.run(work).block())
			.satisfies((unknown) -> {
				assertThat(unknown.idempotencyKey()).isEqualTo("mine");
				assertThat(FailedOperation.in(unknown))
					.hasValueSatisfying((operation) -> assertThat(operation.kind()).isEqualTo("update"));
			});
		Transactions known = Transactions.over(new WebClientExchange(client), null, CODECS, (failure) -> false);
		assertThatExceptionOfType(OptimisticLockingFailureException.class).isThrownBy(() -> known.run(work).block());
	}

	@Test
	void whatIsSentIsWrittenOnce() {
		this.answer = "{\"replayed\":false,\"results\":[{}]}";
		Transactions.over(exchange(), null, CODECS, (failure) -> false)
			.run((tx) -> tx.from("t").insert(new Pair(new BigDecimal("1.50"), 2)))
			.block();
		assertThat(this.requests.get(0).body()).asString().contains("\"rows\":[{\"a\":1.50,\"b\":2}]");
	}

	@Test
	void aKeyOfTheApplicationMeansTheSameInEachProcess() {
		Set<String> unordered = Set.of("b", "c", "a");
		refusesArgument("operation 1 (insert t) has a set whose order may change",
				(tx) -> tx.idempotencyKey("mine").from("t").insert(Map.of("a", unordered)));
		refusesArgument("operation 1 (insert t) has a set whose order may change",
				(tx) -> tx.idempotencyKey("mine").from("t").insert(Set.of(Map.of("a", 1), Map.of("a", 2))));
		assertThat(this.requests).isEmpty();
		JsonNode ops = body((tx) -> {
			tx.idempotencyKey("mine");
			var first = tx.from("t").insert(Map.of("a", new TreeSet<>(unordered), "b", EnumSet.allOf(RowLock.class)));
			tx.from("t")
				.update(new TreeMap<>(Map.of("z", first.ref("z"), "a", first.ref("a"))).descendingMap())
				.in("a", unordered);
		}).path("ops");
		assertThat(ops.at("/1/where/0/value")).isEqualTo(JSON.readTree("[\"a\",\"b\",\"c\"]"));
		assertThat(ops.at("/1/references/0/column").stringValue()).isEqualTo("a");
		body((tx) -> tx.from("t").insert(Map.of("a", unordered)));
	}

	@Test
	void aReadWhoseValuesTheMapperOfTheClientWritesIsSentInABody() {
		transactions().run((tx) -> tx.readOnly().from("t").select().eq("at", Instant.EPOCH)).block();
		transactions().run((tx) -> tx.readOnly().rpc("f").arg("doc", Map.of("list", List.of(new Pair(1, 2))))).block();
		transactions().run((tx) -> tx.readOnly().rpc("f").arg("doc", Map.of("list", List.of(1, "2", true)))).block();
		assertThat(this.requests).extracting(PostgrestRequest::method)
			.containsExactly(HttpMethod.POST, HttpMethod.POST, HttpMethod.GET);
	}

	@ParameterizedTest
	@ValueSource(strings = { "create schema if not exists dbpool;", "dbpool_transaction_serializable", "select 1" })
	void theSqlIsInTheJar(String part) {
		assertThat(TransactionSql.read()).contains(part);
		assertThat(getClass().getClassLoader().getResource(TransactionSql.RESOURCE)).isNotNull();
	}

	@Test
	void theSqlIsPlainForEachWayToInstallIt() {
		assertThat(TransactionSql.read().lines()).noneMatch((line) -> line.startsWith("\\"));
		assertThat(TransactionSql.read()).doesNotContain("${")
			.contains("-- Transactions over PostgREST")
			.containsPattern("Version %d\\. ".formatted(TransactionSql.VERSION))
			.containsPattern("select %d\n".formatted(TransactionSql.VERSION));
	}

	private void refusesState(String message, Consumer<TransactionScope> work) {
		assertThatIllegalStateException().isThrownBy(() -> transactions().run(work).block())
			.withMessageContaining(message);
	}

	private void refusesArgument(String message, Consumer<TransactionScope> work) {
		assertThatIllegalArgumentException().isThrownBy(() -> transactions().run(work).block())
			.withMessageContaining(message);
	}

	private JsonNode body(Consumer<TransactionScope> work) {
		transactions().run(work).block();
		return JSON.readTree(JSON.writeValueAsString(this.requests.get(this.requests.size() - 1).body()));
	}

	private String key(int request) {
		return JSON.valueToTree(new HashMap<>(Map.of("body", this.requests.get(request).body())))
			.at("/body/opts/key")
			.asString("");
	}

	private Transactions transactions() {
		return Transactions.over(exchange(), null);
	}

	private String answer(PostgrestRequest request) {
		if (this.answer != null) {
			return this.answer;
		}
		JsonNode ops = (request.body() != null) ? JSON.readTree(JSON.writeValueAsString(request.body())).path("ops")
				: JSON.readTree(URLDecoder.decode(request.target(), StandardCharsets.UTF_8)
					.replaceAll(".*\\?ops=(.*)&opts=.*", "$1"));
		return "{\"replayed\":false,\"results\":[%s]}"
			.formatted(String.join(",", Collections.nCopies(ops.size(), "{}")));
	}

	private PostgrestExchange exchange() {
		return new PostgrestExchange() {

			@Override
			public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, T> reader) {
				return Mono.fromCallable(() -> {
					TransactionsTests.this.requests.add(request);
					HttpHeaders headers = new HttpHeaders();
					headers.set("Content-Type", "application/json");
					byte[] body = answer(request).getBytes(StandardCharsets.UTF_8);
					return Answer.of(request, HttpStatus.OK, headers, body, CODECS).read(Preferences.NONE, reader);
				});
			}

			@Override
			public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
				throw new UnsupportedOperationException();
			}

		};
	}

	record Pair(Object a, int b) {

	}

}
