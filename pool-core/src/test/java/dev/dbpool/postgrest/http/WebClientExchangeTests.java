package dev.dbpool.postgrest.http;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.dbpool.postgrest.CapturedLog;
import dev.dbpool.postgrest.Count;
import dev.dbpool.postgrest.HttpStub;
import dev.dbpool.postgrest.Insert;
import dev.dbpool.postgrest.Page;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.RpcCall;
import dev.dbpool.postgrest.Select;
import dev.dbpool.postgrest.Table;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;
import dev.dbpool.postgrest.value.Row;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.codec.json.JacksonJsonEncoder;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link WebClientExchange}: what goes over the wire, and what comes of each
 * answer and of none.
 */
@Tag("slow")
class WebClientExchangeTests {

	private static final String JSON = "Content-Type: application/json; charset=utf-8\r\n";

	@Test
	void sendsTheTargetAsItIsBelowTheBaseUrl() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[]")) {
			stub.client().from("a b").select("x->>y").eq("n", "1+1=2&50%25;").list(Row.class).block();
			assertThat(stub.requests()).singleElement()
				.asString()
				.startsWith("GET /rest/v1/a%20b?select=x-%3E%3Ey&n=eq.1%2B1%3D2%2650%2525%3B HTTP/1.1\r\n");
		}
	}

	@Test
	void sendsBodiesAsJson() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			stub.client().from("t").insert(List.of(new Item(1, new BigDecimal("0.10")))).execute().block();
			assertThat(stub.requests()).singleElement()
				.asString()
				.contains("Content-Type: application/json", "Prefer: return=minimal")
				.endsWith("[{\"id\":1,\"price\":0.10}]");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "U+D83D", "U+0000" })
	void textsInCsvThatPostgresCannotStoreAreRefused(String found) {
		String text = "t\na" + (char) Integer.parseInt(found.substring(2), 16) + "x";
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			Table table = stub.client().from("t");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> table.insert(text).header("Content-Type", "text/csv").execute().block())
				.withMessageContaining(found);
			assertThat(stub.requests()).isEmpty();
			table.insert("t\n\ud83d\ude00").header("Content-Type", "text/csv").execute().block();
			assertThat(stub.requests()).singleElement()
				.asString()
				.contains("Content-Type: text/csv")
				.endsWith("\r\n\r\nt\n\ud83d\ude00");
		}
	}

	@Test
	void escapesInJsonOfAnotherTypeAreRefused() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			Insert insert = stub.client()
				.from("t")
				.insert("{\"a\":\"\\u0000\"}")
				.header("Content-Type", "application/vnd.api+json");
			assertThatIllegalArgumentException().isThrownBy(() -> insert.execute().block());
			assertThat(stub.requests()).isEmpty();
		}
	}

	@Test
	void nullsInMapsAreSentThoughTheApplicationLeavesOutPropertiesWithoutValue() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			JsonMapper mapper = JsonMapper.builder()
				.changeDefaultPropertyInclusion(
						(inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL)
							.withContentInclusion(JsonInclude.Include.NON_NULL))
				.build();
			PostgrestClient client = PostgrestClient.create(stub.builder()
				.codecs((codecs) -> codecs.defaultCodecs().jacksonJsonEncoder(new JacksonJsonEncoder(mapper)))
				.build());
			Map<String, Object> none = Collections.singletonMap("city", null);
			client.from("t").update(none).eq("id", 1).execute().block();
			client.from("t").update(Row.of(none)).eq("id", 1).execute().block();
			client.rpc("f").arg("b", null).execute().block();
			client.from("t").insert(new Item(1, null)).execute().block();
			client.from("t").insert(List.of(new Item(1, null), new Item(2, BigDecimal.ONE))).execute().block();
			assertThat(stub.requests()).extracting((request) -> request.substring(request.indexOf("\r\n\r\n") + 4))
				.containsExactly("{\"city\":null}", "{\"city\":null}", "{\"b\":null}", "{\"id\":1}",
						"[{\"id\":1},{\"id\":2,\"price\":1}]");
		}
	}

	@Test
	void wrongPathAndUnknownSchemaSayWhatToCheck() {
		try (HttpStub stub = HttpStub.answering(404, JSON, "{}")) {
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> stub.client().from("t").select().list(Row.class).block())
				.withMessageContaining("Check the base URL and the REST path: PostgREST has nothing there");
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> stub.client().from("t").select().head().block())
				.withMessageNotContaining("REST path");
		}
		try (HttpStub stub = HttpStub.answering(406, JSON,
				"{\"code\":\"PGRST106\",\"message\":\"The schema must be one of the following: public\"}")) {
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> stub.client().from("t").select().list(Row.class).block())
				.withMessage("The schema must be one of the following: public [GET /t, status 406, code PGRST106] "
						+ "Check the schema of the request or its client: PostgREST does not expose it");
		}
	}

	@Test
	void everySubscriptionSendsOnceAndNoneSendsNothing() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[]")) {
			Mono<List<Row>> rows = stub.client().from("t").select().list(Row.class);
			assertThat(stub.requests()).isEmpty();
			rows.block();
			rows.block();
			assertThat(stub.requests()).hasSize(2);
		}
	}

	@Test
	void listAndStreamHaveTheElementsOfAnArrayAndWhatIsNoArrayAsTheOnlyElement() {
		assertThat(list(" [1,\n 3]")).containsExactly(1, 3);
		assertThat(list("[]")).isEmpty();
		assertThat(list(" 7")).containsExactly(7);
	}

	private static List<Integer> list(String body) {
		try (HttpStub stub = HttpStub.answering(200, JSON, body)) {
			List<Integer> list = stub.client().from("t").select().list(Integer.class).block();
			assertThat(stub.client().from("t").select().stream(Integer.class).collectList().block()).isEqualTo(list);
			return list;
		}
	}

	@Test
	void anAnswerWithoutRowsIsNoEmptyList() {
		for (String answer : List.of(HttpStub.answer(204, "", ""), HttpStub.answer(205, "", ""),
				HttpStub.answer(200, JSON, ""), HttpStub.answer(200, "", ""), HttpStub.answer(200, JSON, " \n"),
				HttpStub.answer(201, "", ""),
				"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n" + JSON + "\r\n0\r\n\r\n",
				"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n" + JSON + "\r\n1\r\n \r\n0\r\n\r\n")) {
			try (HttpStub stub = HttpStub.sending(answer)) {
				Select select = stub.client().from("t").select();
				for (Mono<?> result : List.of(select.list(Row.class), select.stream(Row.class).collectList(),
						select.stream(Map.class).then(), select.maybeSingle(Row.class), select.single(Row.class),
						select.json(), select.rawJson())) {
					StepVerifier.create(result)
						.verifyErrorSatisfies(
								(error) -> assertThat(error).hasMessageContaining("no rows and no value in its body"));
				}
			}
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "null")) {
			StepVerifier.create(stub.client().from("t").select().list(Row.class))
				.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("no rows and no value"));
			StepVerifier.create(stub.client().from("t").insert(Map.of()).list(Row.class))
				.verifyErrorSatisfies((error) -> assertThat(error)
					.hasMessageEndingWith("It is unknown whether the write was made: look before repeating it"));
		}
	}

	@Test
	void aFunctionThatReturnsNothingIsNoError() {
		try (HttpStub stub = HttpStub.answering(204, "", "")) {
			RpcCall call = stub.client().rpc("f");
			assertThat(call.list(Row.class).block()).isEmpty();
			assertThat(call.rawJson().block()).isEmpty();
			StepVerifier.create(call.stream(Row.class)).verifyComplete();
			StepVerifier.create(call.value(String.class)).verifyComplete();
			StepVerifier.create(call.json()).verifyComplete();
			StepVerifier.create(call.execute()).verifyComplete();
		}
	}

	@Test
	void nullsOfAFunctionAreKeptOrRefused() {
		try (HttpStub stub = HttpStub.answering(206, JSON + "Content-Range: 0-2/5\r\n", "[\"a\", null, \"b\"]")) {
			RpcCall call = stub.client().rpc("f").readOnly();
			assertThat(call.list(String.class).block()).containsExactly("a", null, "b");
			Page<String> page = call.limit(3).page(String.class).block();
			assertThat(page.rows()).containsExactly("a", null, "b");
			assertThat(page.nextOffset()).isEqualTo(3);
			StepVerifier.create(call.stream(String.class))
				.expectNext("a")
				.verifyErrorSatisfies((error) -> assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
					.hasMessageContaining("row 2 is null")
					.hasMessageContaining("list("));
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "[null]")) {
			assertThat(stub.client().rpc("f").list(String.class).block()).containsExactly((String) null);
			for (RpcCall call : List.of(stub.client().rpc("f"), stub.client().rpc("f").readOnly())) {
				StepVerifier.create(call.maybeSingle(String.class))
					.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("row is null"));
			}
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "null")) {
			assertThat(stub.client().rpc("f").list(String.class).block()).containsExactly((String) null);
			StepVerifier.create(stub.client().rpc("f").value(String.class)).verifyComplete();
			StepVerifier.create(stub.client().rpc("f").single(String.class))
				.verifyErrorSatisfies((error) -> assertThat(error).hasMessageContaining("row 1 is null"));
		}
	}

	@Test
	void severalRowsAreNotOneThoughAllButOneAreNull() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[null, \"x\"]")) {
			StepVerifier.create(stub.client().rpc("f").maybeSingle(String.class))
				.verifyError(IncorrectResultSizeDataAccessException.class);
			StepVerifier.create(stub.client().rpc("f").readOnly().maybeSingle(String.class))
				.verifyError(IncorrectResultSizeDataAccessException.class);
		}
	}

	@Test
	void aWriteThatAskedForNoRowsHasAnUnknownOutcomeWhenItGetsSome() {
		for (String answer : List.of(HttpStub.answer(200, "Content-Type: text/html\r\n", "<html>login</html>"),
				HttpStub.answer(200, "Content-Type: text/html\r\n", ""), HttpStub.answer(200, JSON, "{\"ok\":true}"),
				HttpStub.answer(201, "", "hello"),
				HttpStub.answer(200, "Content-Type: text/html\r\nContent-Range: */1\r\n", "<html>"))) {
			try (HttpStub stub = HttpStub.sending(answer)) {
				PostgrestClient client = stub.client();
				for (Mono<?> write : List.of(client.from("t").insert(Map.of("a", 1)).execute(),
						client.from("t").delete().eq("a", 1).executeAndCount())) {
					DataAccessException error = catchThrowableOfType(DataAccessException.class, write::block);
					assertThat(Failure.of(error).mayHaveRun()).isTrue();
					assertThat(Failure.of(error).mayRetry(false, 0)).isFalse();
				}
			}
		}
		try (HttpStub stub = HttpStub.answering(200, "Content-Type: text/html\r\n", "<html>login</html>")) {
			assertThat(insertFails(stub)).hasMessageContaining("text/html")
				.hasMessageContaining("<html>login</html>")
				.hasMessageEndingWith("It is unknown whether the write was made: look before repeating it");
			assertThat(catchThrowableOfType(DataAccessException.class, () -> stub.client().rpc("f").execute().block()))
				.hasMessageContaining("text/html");
			assertThat(catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").select().count().block()))
				.hasMessageContaining("text/html");
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "[1]")) {
			stub.client().rpc("f").execute().block();
		}
	}

	@Test
	void aRowOfOneColumnMayBeReadAsItsValue() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"n\":1},{\"n\":null},{\"n\":3}]")) {
			assertThat(stub.client().from("t").select("n").list(Integer.class).block()).containsExactly(1, null, 3);
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "{\"tags\":[\"a\",\"b\"]}")) {
			assertThat(stub.client().from("t").select("tags").single(String[].class).block()).containsExactly("a", "b");
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"d\":\"2026-01-02\"}]")) {
			assertThat(stub.client().from("t").select("d").stream(LocalDate.class).collectList().block())
				.containsExactly(LocalDate.of(2026, 1, 2));
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":1,\"name\":\"a\"}]")) {
			DataAccessException error = catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").select("id, name").list(Integer.class).block());
			assertThat(error).hasMessageContaining("several columns, 'id' and 'name' among them")
				.hasMessageContaining("Integer");
		}
	}

	@Test
	void aRowThatCannotBeReadIsNamedByRowColumnAndType() {
		String rows = "[{\"id\":1,\"owner\":{\"born\":2000}},{\"id\":2,\"owner\":{\"born\":\"long\\u001b[31m ago\"}}]";
		try (HttpStub stub = HttpStub.answering(200, JSON, rows)) {
			Select select = stub.client().from("t").select();
			for (Mono<?> result : List.of(select.list(Owned.class), select.stream(Owned.class).collectList())) {
				DataAccessException error = catchThrowableOfType(DataAccessException.class, result::block);
				assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
					.hasMessageContaining("row 2, column 'owner.born', as Owned")
					.hasMessageContaining("[GET /t]");
				assertThat(Throwables.getStackTrace(error)).doesNotContain("\u001b");
			}
			DataAccessException scalar = catchThrowableOfType(DataAccessException.class,
					() -> select.list(Integer.class).block());
			assertThat(scalar).hasMessageContaining("row 1");
		}
	}

	@Test
	void aComponentThatMatchesNoColumnIsReportedOnce() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":1,\"model_name\":\"a\"},{\"id\":2}]");
				CapturedLog log = CapturedLog.of(Rows.class)) {
			Select select = stub.client().from("unmatched").select();
			assertThat(select.list(Model.class).block()).hasSize(2);
			select.list(Model.class).block();
			select.stream(Model.class).collectList().block();
			assertThat(log.messagesWith("GET /unmatched")).singleElement()
				.asString()
				.contains("[modelName] of", "Model", "[id, model_name]", "@JsonNaming");
			select.list(SnakeModel.class).block();
			select.list(Row.class).block();
			stub.client().from("streamed").select().stream(Model.class).collectList().block();
			assertThat(log.messagesWith("GET /unmatched")).hasSize(1);
			assertThat(log.messagesWith("GET /streamed")).hasSize(1);
		}
	}

	@Test
	void aWholeAnswerHasALimitAndAStreamHasNone() {
		String row = "{\"name\":\"" + "x".repeat(1000) + "\"}";
		String body = "[" + String.join(",", Collections.nCopies(100, row)) + "]";
		for (String answer : List.of(HttpStub.answer(200, JSON, body),
				"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n" + JSON + "\r\n" + Integer.toHexString(body.length())
						+ "\r\n" + body + "\r\n0\r\n\r\n")) {
			try (HttpStub stub = HttpStub.sending(answer)) {
				PostgrestClient client = PostgrestClient
					.over(new WebClientExchange(stub.builder().build()).maxAnswerSize(DataSize.ofKilobytes(50)));
				Select select = client.from("t").select();
				for (Mono<?> result : List.of(select.list(Row.class), select.json(), select.rawJson(),
						select.single(JsonNode.class), client.rpc("f").value(JsonNode.class))) {
					DataAccessException error = catchThrowableOfType(DataAccessException.class, result::block);
					assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
						.hasMessageContaining("longer than 51200 bytes")
						.hasMessageContaining("maxAnswerSize");
				}
				assertThat(catchThrowableOfType(DataAccessException.class,
						() -> client.from("t").insert(Map.of()).list(Row.class).block()))
					.hasMessageEndingWith("The write was made");
				assertThat(select.stream(Row.class).count().block()).isEqualTo(100);
			}
		}
	}

	@Test
	void anErrorOfTheJvmWhileAnAnswerIsDecodedIsAnErrorOfTheResult() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":1}]")) {
			StepVerifier.create(stub.client().from("t").select().list(OutOfMemory.class))
				.expectErrorSatisfies((error) -> assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
					.hasMessageContaining("OutOfMemoryError"))
				.verify(Duration.ofSeconds(10));
		}
	}

	@Test
	void aPageAfterTheLastRowIsEmptyThoughTheAnswerIsNoJson() {
		try (HttpStub stub = HttpStub.answering(416, JSON + "Content-Range: */3\r\n", "{\"")) {
			Select beyond = stub.client().from("t").select().offset(50);
			assertThat(beyond.page(Row.class).block()).isEqualTo(new Page<>(List.of(), 50, 3));
			assertThat(catchThrowableOfType(DataAccessException.class, () -> beyond.list(Row.class).block()))
				.isInstanceOf(InvalidDataAccessResourceUsageException.class)
				.hasMessage("Requested range not satisfiable [GET /t, status 416, code PGRST103]");
		}
	}

	@Test
	void aPageAfterTheEstimatedEndIsAskedForWithoutTheEstimate() {
		String refusal = HttpStub.answer(416, JSON + "Content-Range: */2\r\n", "{\"");
		String rows = HttpStub.answer(200, JSON + "Content-Range: 50-51/*\r\n", "[{\"id\":1},{\"id\":2}]");
		for (Count count : List.of(Count.PLANNED, Count.ESTIMATED)) {
			try (HttpStub stub = HttpStub.answering(refusal, rows)) {
				Page<Row> page = stub.client().from("t").select().offset(50).page(Row.class, count).block();
				assertThat(page.rows()).hasSize(2);
				assertThat(page.total()).isEqualTo(52);
				assertThat(stub.requests()).hasSize(2).last().asString().doesNotContain("count=");
			}
		}
	}

	@Test
	void listMayBeLongerThanTheCodecHoldsInMemory() {
		String row = "{\"name\":\"" + "x".repeat(1000) + "\"}";
		String body = "[" + String.join(",", Collections.nCopies(1000, row)) + "]";
		try (HttpStub stub = HttpStub.answering(200, JSON, body)) {
			assertThat(stub.client().from("t").select().list(Row.class).block()).hasSize(1000);
		}
	}

	@Test
	void errorsBecomeTheExceptionOfTheirCode() {
		assertError(409, "23505", DuplicateKeyException.class);
		assertError(409, "23503", DataIntegrityViolationException.class);
		assertError(400, "22P02", DataIntegrityViolationException.class);
		assertError(403, "42501", PermissionDeniedDataAccessException.class);
		assertError(401, "PGRST301", PermissionDeniedDataAccessException.class);
		assertError(401, "PGRST302", PermissionDeniedDataAccessException.class);
		assertError(500, "57014", QueryTimeoutException.class);
		assertError(500, "40P01", CannotAcquireLockException.class);
		assertError(500, "55P03", CannotAcquireLockException.class);
		assertError(500, "40001", CannotAcquireLockException.class);
		assertError(500, "40002", PessimisticLockingFailureException.class);
		assertError(400, "21000", InvalidDataAccessResourceUsageException.class);
		assertError(400, "01004", DataIntegrityViolationException.class);
		assertError(400, "02000", DataIntegrityViolationException.class);
		assertError(400, "27000", DataIntegrityViolationException.class);
		assertError(400, "44000", DataIntegrityViolationException.class);
		assertError(500, "54001", DataAccessResourceFailureException.class);
		assertError(500, "58030", DataAccessResourceFailureException.class);
		assertError(404, "42P01", InvalidDataAccessResourceUsageException.class);
		assertError(400, "PGRST100", InvalidDataAccessResourceUsageException.class);
		assertError(404, "PGRST205", InvalidDataAccessResourceUsageException.class);
		assertError(300, "PGRST203", InvalidDataAccessResourceUsageException.class);
		assertError(405, "25006", InvalidDataAccessApiUsageException.class);
		assertError(503, "PGRST000", TransientDataAccessResourceException.class);
		assertError(503, "PGRST001", DataAccessResourceFailureException.class);
		assertError(504, "PGRST003", TransientDataAccessResourceException.class);
		assertError(503, "53300", TransientDataAccessResourceException.class);
		assertError(400, "P0001", UncategorizedPostgrestException.class);
		assertError(500, "XX000", UncategorizedPostgrestException.class);
	}

	private static void assertError(int status, String code, Class<? extends DataAccessException> type) {
		try (HttpStub stub = HttpStub.answering(status, JSON, "{\"code\":\"" + code + "\",\"message\":\"it broke\"}")) {
			DataAccessException error = insertFails(stub);
			assertThat(error).isExactlyInstanceOf(type)
				.hasMessageContaining("it broke [POST /t, status " + status + ", code " + code + "]");
		}
	}

	@Test
	void theErrorIsCarriedWhole() {
		try (HttpStub stub = HttpStub.answering(409, JSON, """
				{"code":"23505","message":"duplicate key","details":"Key (email)=(a@b) exists.","hint":"choose another"}
				""")) {
			DataAccessException error = insertFails(stub);
			assertThat(error).hasMessage("duplicate key [POST /t, status 409, code 23505] Hint: choose another");
			PostgrestException cause = PostgrestException.in(error).orElseThrow();
			assertThat(error).hasCause(cause);
			assertThat(cause.request()).isEqualTo("POST /t");
			assertThat(cause.error().status()).contains(HttpStatusCode.valueOf(409));
			assertThat(cause.error().code()).contains("23505");
			assertThat(cause.error().details()).contains("Key (email)=(a@b) exists.");
			assertThat(cause.error().hint()).contains("choose another");
			assertThat(cause.failure()).isEqualTo(Failure.permanent(Kind.PERMANENT, Execution.ROLLED_BACK));
		}
	}

	@Test
	void structuredDetailsAreKeptAsJson() {
		try (HttpStub stub = HttpStub.answering(300, JSON,
				"{\"code\":\"PGRST201\",\"message\":\"m\",\"details\":[{\"cardinality\":\"one\"}],\"hint\":null}")) {
			assertThat(PostgrestException.in(selectFails(stub)).orElseThrow().error().details())
				.contains("[{\"cardinality\":\"one\"}]");
		}
	}

	@Test
	void theNumberOfRowsIsReported() {
		try (HttpStub stub = HttpStub.answering(406, JSON,
				"{\"code\":\"PGRST116\",\"message\":\"m\",\"details\":\"The result contains 3 rows\"}")) {
			IncorrectResultSizeDataAccessException error = catchThrowableOfType(
					IncorrectResultSizeDataAccessException.class,
					() -> stub.client().from("t").select().single(Row.class).block());
			assertThat(error.getActualSize()).isEqualTo(3);
			assertThat(error.getExpectedSize()).isEqualTo(1);
		}
		try (HttpStub stub = HttpStub.answering(406, JSON,
				"{\"code\":\"PGRST116\",\"message\":\"m\",\"details\":\"The result contains 0 rows\"}")) {
			StepVerifier.create(stub.client().from("t").select().single(Row.class))
				.verifyError(EmptyResultDataAccessException.class);
			StepVerifier.create(stub.client().from("t").delete().eq("id", 1).maybeSingle(Row.class)).verifyComplete();
		}
	}

	@Test
	void pagesOfProxiesAreQuotedInPart() {
		String page = "<html>\n<h1>Bad   gateway</h1>" + "x".repeat(1000);
		try (HttpStub stub = HttpStub.answering(502, "Content-Type: text/html\r\n", page)) {
			DataAccessException error = selectFails(stub);
			assertThat(error).isInstanceOf(TransientDataAccessResourceException.class)
				.hasMessageStartingWith(
						"The answer is 502 Bad Gateway, not from PostgREST: <html> <h1>Bad gateway</h1>x")
				.hasMessageEndingWith(" [GET /t, status 502]");
			assertThat(error.getMessage()).hasSizeLessThan(320);
		}
	}

	@Test
	void secretsInPagesOfProxiesAreMasked() {
		try (HttpStub stub = HttpStub.answering(400, "", "bad header apikey: sb_secret_verysecret, authorization:"
				+ " Bearer eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl")) {
			DataAccessException error = selectFails(stub);
			assertThat(error).hasMessageContaining("bad header apikey: ***");
			assertThat(error).hasStackTraceContaining("status 400");
			assertThat(Throwables.getStackTrace(error)).doesNotContain("verysecret", "eyJhbG");
		}
	}

	@Test
	void answersWithoutBodyAreJudgedByTheirStatus() {
		try (HttpStub stub = HttpStub.answering(503, "", "")) {
			assertThat(selectFails(stub))
				.hasMessage("The answer is 503 Service Unavailable, without a body [GET /t, status 503]");
		}
	}

	@Test
	void redirectsAreErrorsThatSayWhereTheyPoint() {
		try (HttpStub stub = HttpStub.answering(301,
				"Location: https://user:secret@elsewhere/rest/v1/t?token=secret\r\n", "")) {
			assertThat(selectFails(stub)).isInstanceOf(InvalidDataAccessResourceUsageException.class)
				.hasMessageContaining("301 Moved Permanently to https://elsewhere/rest/v1/t?…, which is not followed")
				.hasMessageContaining("Check the base URL of the client")
				.hasMessageNotContaining("secret");
			assertThat(stub.requests()).hasSize(1);
		}
		try (HttpStub stub = HttpStub.answering(302, "", "")) {
			assertThat(selectFails(stub)).hasMessageContaining("302 Found, which is not followed");
		}
	}

	@Test
	void controlCharactersOfServersAreEscapedInMessages() {
		String forged = "{\"code\":\"P0001\",\"message\":\"a\\nERROR b\\u001b[31m\\u202ec\",\"hint\":\"\\u0007\\r\"}";
		try (HttpStub stub = HttpStub.answering(400, JSON, forged)) {
			DataAccessException error = insertFails(stub);
			assertThat(error).hasMessageContaining("a\\nERROR b\\u001b[31m\\u202ec")
				.hasMessageContaining("Hint: \\u0007\\r");
			assertThat(PostgrestException.in(error).orElseThrow().error().message())
				.contains("a\nERROR b\u001b[31m\u202ec");
		}
		try (HttpStub stub = HttpStub.answering(502, "Content-Type: text/plain\r\n", "x\u001b[31my\u202ez")) {
			assertThat(selectFails(stub).getMessage()).doesNotContain("\u001b", "\u202e");
		}
	}

	@Test
	void messagesOfGatewaysAreUsed() {
		try (HttpStub stub = HttpStub.answering(401, JSON,
				"{\"message\":\"Invalid API key\",\"hint\":\"Double check\"}")) {
			assertThat(selectFails(stub)).isInstanceOf(PermissionDeniedDataAccessException.class)
				.hasMessage("Invalid API key [GET /t, status 401] Hint: Double check");
		}
	}

	@Test
	void aWriteThatWasCommittedIsNotRepeatedWhateverItsStatus() {
		for (int status : List.of(401, 404, 409, 416, 429, 503)) {
			try (HttpStub stub = HttpStub.answering(status, JSON + "Content-Range: 0-0/*\r\n", "[{\"id\":1}]")) {
				DataAccessException error = insertFails(stub);
				assertThat(error).hasMessageEndingWith("The write was made");
				assertThat(Failure.of(error).execution()).isEqualTo(Execution.COMPLETED);
				assertThat(Failure.of(error).mayRetry(true, 0)).isFalse();
				assertThat(Failure.of(error).countsAgainstServer()).isFalse();
			}
		}
		try (HttpStub stub = HttpStub.answering(429, JSON + "Content-Range: 0-0/*\r\n", "[]")) {
			assertThat(Failure.of(selectFails(stub)).mayRetry(true, 0)).isTrue();
		}
	}

	@Test
	void anErrorThatIsCutOffIsStillAnError() {
		try (HttpStub stub = HttpStub.sending("HTTP/1.1 409 X\r\nContent-Length: 500\r\n\r\n{\"code\":\"23505\"")) {
			DataAccessException error = insertFails(stub);
			assertThat(error).hasMessage("The answer is 409 Conflict, its body was cut off [POST /t, status 409]");
		}
	}

	@Test
	void aGoodStatusWithAnotherContentIsAnError() {
		try (HttpStub stub = HttpStub.answering(200, "Content-Type: text/html\r\n", "<html>Welcome</html>")) {
			assertThat(selectFails(stub)).hasMessageContaining("text/html instead of JSON: <html>Welcome</html>")
				.hasMessageContaining("base URL");
		}
	}

	@Test
	void aContentTypeThatIsNoneIsAnError() {
		try (HttpStub stub = HttpStub.answering(200, "Content-Type: no type\r\n", "[]")) {
			assertThat(selectFails(stub)).hasMessageContaining("The answer is no type instead of JSON: []");
			assertThat(catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").select().csv().block()))
				.hasMessageContaining("The answer is no type instead of CSV");
		}
		try (HttpStub stub = HttpStub.answering(502, "Content-Type: no type\r\n", "oh no")) {
			assertThat(selectFails(stub)).hasMessageContaining("502 Bad Gateway, not from PostgREST: oh no");
		}
	}

	@Test
	void aFalselyDeclaredCompressionIsAnErrorAndTheWriteIsNotRepeated() {
		try (HttpStub stub = HttpStub.answering(201, JSON + "Content-Encoding: gzip\r\n", "[{\"id\":1}]")) {
			DataAccessException error = catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").insert(Map.of()).list(Item.class).block());
			assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
				.hasMessageEndingWith("[POST /t] The write was made");
		}
	}

	@Test
	void aTypeThatJacksonCannotBuildIsAnErrorAndTheWriteIsNotRepeated() {
		try (HttpStub stub = HttpStub.answering(201, JSON, "[{\"id\":1}]")) {
			Insert insert = stub.client().from("t").insert(Map.of());
			assertUnreadable(() -> insert.list(NoBean.class).block());
			assertUnreadable(() -> insert.stream(NoBean.class).blockLast());
		}
		try (HttpStub stub = HttpStub.answering(201, JSON, "{\"id\":1}")) {
			assertUnreadable(() -> stub.client().from("t").insert(Map.of()).single(NoBean.class).block());
		}
	}

	private static void assertUnreadable(ThrowingCallable call) {
		DataAccessException error = catchThrowableOfType(DataAccessException.class, call);
		assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
			.hasMessageEndingWith("[POST /t] The write was made");
		assertThat(Failure.of(error)).isEqualTo(Failure.permanent(Kind.PERMANENT, Execution.COMPLETED));
	}

	@Test
	void aTypeThatJacksonCannotWriteIsNotSent() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			Twice row = new Twice(1, 2);
			assertUnwritable(() -> stub.client().from("t").insert(row).execute().block());
			assertUnwritable(() -> stub.client().from("t").insert(List.of(row, row)).execute().block());
		}
	}

	private static void assertUnwritable(ThrowingCallable call) {
		DataAccessException error = catchThrowableOfType(DataAccessException.class, call);
		assertThat(error).isInstanceOf(InvalidDataAccessApiUsageException.class);
		assertThat(Failure.of(error)).isEqualTo(Failure.permanent(Kind.PERMANENT, Execution.NOT_RUN));
	}

	@Test
	void rowsThatDoNotFitAreAnErrorAndTheWriteIsNotRepeated() {
		try (HttpStub stub = HttpStub.answering(201, JSON, "[{\"id\":\"x\"}]")) {
			DataAccessException error = catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").insert(Map.of()).list(Item.class).block());
			assertThat(error).isInstanceOf(DataRetrievalFailureException.class)
				.hasMessageEndingWith("[POST /t] The write was made");
			assertThat(Failure.of(error).mayRetry(true, 0)).isFalse();
		}
	}

	@Test
	void anAnswerThatIsCutOffIsAnErrorAfterItsRows() {
		try (HttpStub stub = HttpStub
			.sending("HTTP/1.1 200 X\r\nContent-Length: 500\r\n" + JSON + "\r\n[{\"id\":1},{\"id\":2},{\"i")) {
			StepVerifier.create(stub.client().from("t").select().stream(Row.class).map((row) -> row.getInt("id")))
				.expectNext(1, 2)
				.verifyErrorSatisfies(
						(error) -> assertThat(error).isInstanceOf(TransientDataAccessResourceException.class)
							.hasMessageStartingWith("The connection to PostgREST was lost")
							.hasMessageEndingWith("[GET /t]"));
		}
	}

	@Test
	void aClosedConnectionLeavesAWriteUnknown() {
		try (HttpStub stub = HttpStub.sending("")) {
			assertThat(insertFails(stub)).isInstanceOf(DataAccessResourceFailureException.class)
				.hasMessageEndingWith("[POST /t] It is unknown whether the write was made: look before repeating it")
				.satisfies((error) -> assertThat(Failure.of(error).mayRetry(false, 0)).isFalse());
			assertThat(selectFails(stub)).isInstanceOf(TransientDataAccessResourceException.class)
				.hasMessageEndingWith("[GET /t]")
				.satisfies((error) -> assertThat(Failure.of(error).mayRetry(true, 0)).isTrue());
		}
	}

	@Test
	void silenceIsATimeoutThatLeavesAWriteUnknown() {
		try (HttpStub stub = HttpStub.silent()) {
			assertThat(insertFails(stub)).isInstanceOf(QueryTimeoutException.class)
				.hasMessageStartingWith("PostgREST did not answer in time")
				.hasMessageContaining("unknown whether");
		}
	}

	@Test
	void aRefusedConnectionHasSentNothing() {
		HttpStub stub = HttpStub.silent();
		stub.close();
		DataAccessException error = insertFails(stub);
		assertThat(error).isInstanceOf(DataAccessResourceFailureException.class)
			.hasMessageStartingWith("There was no connection to PostgREST");
		assertThat(error.getMessage()).doesNotContain("unknown whether");
		assertThat(Failure.of(error).mayRetry(false, 0)).isTrue();
	}

	@Test
	void keysAreInNoExceptionOfTheChain() {
		HttpStub stub = HttpStub.silent();
		stub.close();
		for (Throwable cause = insertFails(stub); cause != null; cause = cause.getCause()) {
			assertThat(cause).isNotInstanceOf(WebClientRequestException.class);
		}
	}

	@Test
	void aBodyThatCannotBeWrittenIsNotSent() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			DataAccessException error = catchThrowableOfType(DataAccessException.class,
					() -> stub.client().from("t").insert(new Broken()).execute().block());
			assertThat(error).isInstanceOf(InvalidDataAccessApiUsageException.class);
			assertThat(Failure.of(error)).isEqualTo(Failure.permanent(Kind.PERMANENT, Execution.NOT_RUN));
		}
	}

	@Test
	void errorsOfTheReaderAreLeftAlone() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":1}]")) {
			StepVerifier.create(stub.client().from("t").select().stream(Row.class).map((row) -> row.get("nope")))
				.verifyError(NoSuchElementException.class);
		}
	}

	private static DataAccessException insertFails(HttpStub stub) {
		return catchThrowableOfType(DataAccessException.class,
				() -> stub.client().from("t").insert(Map.of("a", "b")).execute().block());
	}

	private static DataAccessException selectFails(HttpStub stub) {
		return catchThrowableOfType(DataAccessException.class,
				() -> stub.client().from("t").select().list(Row.class).block());
	}

	record Item(long id, BigDecimal price) {
	}

	record Birth(int born) {
	}

	record Owned(int id, Birth owner) {
	}

	record Model(int id, String modelName) {
	}

	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record SnakeModel(int id, String modelName) {
	}

	record OutOfMemory(int id) {

		OutOfMemory {
			throw new OutOfMemoryError("in a test");
		}

	}

	interface NoBean {

		long id();

	}

	record Twice(@JsonProperty("x") long a, @JsonProperty("x") long b) {
	}

	static final class Broken {

		public String getValue() {
			throw new IllegalStateException("broken");
		}

	}

}
