package dev.dbpool.postgrest.value;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.dbpool.postgrest.Columns;
import dev.dbpool.postgrest.Embedding;
import dev.dbpool.postgrest.Field;
import dev.dbpool.postgrest.FilteredWrite;
import dev.dbpool.postgrest.HttpStub;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.RecordingExchange;
import dev.dbpool.postgrest.Select;
import dev.dbpool.postgrest.Table;
import dev.dbpool.postgrest.error.Failure;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link StorableText}: NUL and unpaired surrogates are refused wherever a
 * caller can put them, and nothing is sent.
 */
@Tag("slow")
class StorableTextTests {

	private static final String NUL = "alice\0x";

	private static final String HALF = "\ud83d";

	@ParameterizedTest
	@ValueSource(strings = { "", "a", "\u0001", "é", "漢", "😀", "\ud83d\ude00\ud83d\ude00", "\ufffd", "\uffff" })
	void textThatCanBeStoredIsLeftAsItIs(String text) {
		assertThat(StorableText.require(text, "value", "a")).isEqualTo(text);
		String json = JsonMapper.shared().writeValueAsString(text);
		assertThat(StorableText.requireInJson(json)).isEqualTo(json);
	}

	@ParameterizedTest
	@ValueSource(strings = { "[\"\\\\u0000\"]", "[\"\\\\\\\\u0000\"]", "[\"\\ud83d\\ude00\"]",
			"[\"\\uD83D\\uDE00\\u0001\"]", "[\"\\u00000\"", "[\"\\u12\"]" })
	void jsonIsRefusedForWhatItMeansOnly(String json) {
		boolean nul = json.startsWith("[\"\\u0000");
		if (nul) {
			assertThatIllegalArgumentException().isThrownBy(() -> StorableText.requireInJson(json));
		}
		else {
			assertThat(StorableText.requireInJson(json)).isEqualTo(json);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "[\"\\u0000\"]", "[\"\\ud83d\"]", "[\"\\ud83dx\"]", "[\"\\ud83d\\u0041\"]",
			"[\"\\ude00\"]", "[\"\\ude00\\ud83d\"]", "[\"\\\\\\u0000\"]", "{\"a\\u0000\":1}", "[\"\0\"]", "\0" })
	void jsonIsRefusedWhateverTheSpelling(String json) {
		assertThatIllegalArgumentException().isThrownBy(() -> StorableText.requireInJson(json))
			.withMessageContaining("Nothing was sent");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> StorableText.requireInJson(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
	}

	static Stream<String> unstorable() {
		return Stream.of(NUL, HALF, "a" + HALF + "b", "\ude00", "\ude00" + HALF, "\0");
	}

	@ParameterizedTest
	@MethodSource("unstorable")
	void filtersRefuseValuesByTheNameOfTheirColumn(String value) {
		List<UnaryOperator<FilteredWrite>> filters = List.of((t) -> t.eq("name", value), (t) -> t.in("name", value),
				(t) -> t.in("name", List.of("a", value)), (t) -> t.ilike("name", value),
				(t) -> t.startsWith("name", value), (t) -> t.containsText("name", value + "*"),
				(t) -> t.or((any) -> any.eq("name", value)), (t) -> t.not((one) -> one.match("name", value)),
				(t) -> t.contains("name", List.of(value)), (t) -> t.contains("name", Map.of("k", value)),
				(t) -> t.contains("name", List.of(Map.of(value, 1))),
				(t) -> t.contains("name", JsonMapper.shared().valueToTree(List.of(value))),
				(t) -> t.eq("name", Row.of(Map.of("k", value))), (t) -> t.overlaps("name", Range.closed(value, value)),
				(t) -> t.textSearch("name", value), (t) -> t.match(Map.of("name", value)),
				(t) -> t.likeAnyOf("name", List.of(value)), (t) -> t.filter("name", "eq", value));
		RecordingExchange exchange = new RecordingExchange();
		for (UnaryOperator<FilteredWrite> filter : filters) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> filter.apply(exchange.client().from("t").delete()).execute().block())
				.withMessageContaining("'name'")
				.withMessageContaining("cannot store");
		}
		assertThat(exchange.count()).isZero();
	}

	@ParameterizedTest
	@MethodSource("unstorable")
	void namesAreRefused(String bad) {
		RecordingExchange exchange = new RecordingExchange();
		PostgrestClient db = exchange.client();
		Table t = db.from("t");
		List<Function<String, Object>> names = List.of((name) -> t.select().eq(name, 1),
				(name) -> t.select().order(name), (name) -> t.select().order("\"" + name + "\""),
				(name) -> t.select("a", name), (name) -> t.select(Field.of(name)),
				(name) -> t.select(Field.of("a").as(name)), (name) -> t.select(Embedding.of(name)),
				(name) -> t.select(Embedding.of("a").by(name)),
				(name) -> t.select().embedded(name, (rows) -> rows.limit(1)),
				(name) -> t.select().embedded("a", (rows) -> rows.order(name)),
				(name) -> t.select().eq("data->>" + name, 1), (name) -> Columns.quoted(name),
				(name) -> t.upsert(Map.of("a", 1)).onConflict(name), db::from, db::rpc, db::schema,
				(name) -> db.rpc("f").arg(name, 1), (name) -> db.rpc("f").readOnly().args(Map.of(name, 1)).execute(),
				(name) -> t.select().prefer("timezone=" + name), (name) -> db.prefer("timezone=" + name),
				(name) -> t.select().header("X-A", name));
		for (Function<String, Object> use : names) {
			assertThatIllegalArgumentException().isThrownBy(() -> use.apply("x" + bad));
		}
		assertThatIllegalArgumentException().isThrownBy(() -> db.rpc("f").arg("x", bad).readOnly().execute())
			.withMessageContaining("'x'");
		assertThatIllegalArgumentException().isThrownBy(() -> t.select().eq("x\0", 1))
			.withMessageContaining("x\\u0000");
		assertThat(exchange.count()).isZero();
	}

	@ParameterizedTest
	@MethodSource("unstorable")
	void bodiesAreRefusedByThePlaceOfTheText(String bad) {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			PostgrestClient db = stub.client();
			Table t = db.from("t");
			List<Mono<Void>> writes = List.of(t.insert(Map.of("name", bad)).execute(),
					t.insert(List.of(new Named("a"), new Named(bad))).execute(), t.insert(new Named(bad)).execute(),
					t.insert(Row.of(Map.of("name", bad))).execute(), t.upsert(Map.of("name", List.of(bad))).execute(),
					t.insert(new Object[] { Map.of("name", Map.of("k", List.of(bad))) }).execute(),
					t.insert(JsonMapper.shared().valueToTree(Map.of("name", bad))).execute(),
					t.update(Map.of("name", bad)).eq("id", 1).execute(),
					t.insert(Map.of("name", Map.of(bad, 1))).execute(),
					t.insert(Map.of("name", PgArray.of(bad))).execute(), db.rpc("f").arg("name", bad).execute(),
					db.rpc("f").args(new Named(bad)).execute());
			for (Mono<Void> write : writes) {
				assertThatIllegalArgumentException().isThrownBy(write::block)
					.withMessageContaining("name")
					.withMessageContaining("Nothing was sent")
					.satisfies((refused) -> assertThat(Failure.of(refused).mayHaveRun()).isFalse());
			}
			assertThat(stub.requests()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"name\":\"a\\u0000\"}", "{\"name\":\"\\ud83d\"}", "{\"name\":\"\ud83d\"}",
			"{\"a\\u0000\":1}" })
	void textsThatAreJsonAlreadyAreRefused(String json) {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> stub.client().from("t").insert(json).execute().block());
			assertThat(stub.requests()).isEmpty();
			stub.client().from("t").insert("{\"name\":\"\\\\u0000\\ud83d\\ude00\"}").execute().block();
			assertThat(stub.requests()).singleElement().asString().endsWith("{\"name\":\"\\\\u0000\\ud83d\\ude00\"}");
		}
	}

	@Test
	void bodiesAreRefusedThoughTheCodecsOfTheClientAreUnknown() {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			WebClient known = stub.builder().build();
			WebClient unknown = stub.builder()
				.exchangeFunction((request) -> known.method(request.method())
					.uri(request.url())
					.headers((headers) -> headers.addAll(request.headers()))
					.body(request.body())
					.exchangeToMono((response) -> Mono.just(response.mutate().build())))
				.build();
			PostgrestClient db = PostgrestClient.create(unknown);
			assertThatIllegalArgumentException()
				.isThrownBy(() -> db.from("t").insert(Map.of("name", NUL)).execute().block())
				.withMessageContaining("/name");
			db.from("t").insert(Map.of("name", "a")).execute().block();
			assertThat(stub.requests()).filteredOn((request) -> !request.isEmpty())
				.singleElement()
				.asString()
				.endsWith("{\"name\":\"a\"}");
		}
	}

	@Test
	void headersThatWouldChangeOnTheWayAreRefused() {
		Select select = new RecordingExchange().client().from("t").select();
		for (String value : Arrays.asList(" a", "a ", "a\nb", "a\0")) {
			assertThatIllegalArgumentException().isThrownBy(() -> select.header("X-A", value))
				.withMessageContaining("X-A");
		}
	}

	record Named(String name) {
	}

}
