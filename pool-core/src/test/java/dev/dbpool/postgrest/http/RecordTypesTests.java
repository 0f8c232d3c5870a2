package dev.dbpool.postgrest.http;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonView;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.InjectableValues;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RecordTypesTests {

	private static final List<UnaryOperator<JsonMapper.Builder>> SETTINGS = List.of(UnaryOperator.identity(),
			(builder) -> builder.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES),
			(builder) -> builder.enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES),
			(builder) -> builder.enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES),
			(builder) -> builder.enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES));

	private static final List<String> ROWS = List.of("{\"id\":1,\"name\":\"a\",\"price\":2.50}",
			"{\"id\":1,\"name\":\"a\",\"price\":2.50},{\"id\":2,\"name\":\"b\",\"price\":3}",
			"{\"id\":1,\"name\":\"a\",\"price\":1},{\"price\":3,\"name\":null,\"id\":2},{\"name\":\"c\",\"id\":3}",
			"{\"id\":1,\"other\":{\"name\":[1,{\"id\":7}]},\"name\":\"a\"},{\"id\":2,\"other\":null,\"name\":\"b\"}",
			"{}", "{},{\"id\":1},{}", "{\"id\":1,\"id\":2,\"name\":\"a\",\"name\":\"b\"}",
			"{\"id\":null,\"name\":\"a\",\"price\":null}", "{\"id\":1,\"name\":\"a\"},{\"id\":\"x\",\"name\":\"b\"}",
			"{\"ID\":1,\"Name\":\"a\"},{\"iD\":2,\"label\":\"b\"}",
			"{\"id\":1,\"label\":\"a\"},{\"label\":\"b\",\"id\":2}",
			"{\"\\u0069d\":1,\"n\\u0061me\":\"a\"},{\"id\":2,\"name\":\"b\"},{\"\\u0069d\":3,\"n\\u0061me\":\"c\"}",
			"{ \"id\" : 1 ,\n\"name\"\t:\"a\" } , {\"id\":2, \"name\" :\"b\"}",
			"{\"größe\":1,\"id\":2},{\"größe\":3,\"id\":4}", "{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"",
			"{\"id\":1,\"name\"},{\"id\":2}", "{\"id\":1 \"name\":\"a\"}", "null,{\"id\":1}", "7", "\"text\"", "[1]",
			"{\"type\":\"plain\",\"id\":1,\"name\":\"a\"}", "{\"id\":1,\"name\":\"a\",\"type\":\"plain\"}",
			"{\"id\":1,\"car\":{\"id\":2,\"name\":\"b\"}},{\"id\":3,\"car\":{\"name\":\"c\",\"id\":\"x\"}}");

	private final JsonMapper mapper = JsonCodecs.of(WebClient.builder()).mapper().orElseThrow();

	@Test
	void recordIsMadeOfWhatIsThere() {
		assertThat(this.mapper.readValue("{\"id\":7,\"name\":\"a\",\"tags\":[\"x\"]}", Car.class))
			.isEqualTo(new Car(7, "a", List.of("x")));
		assertThat(this.mapper.readValue("{\"id\":8,\"name\":null}", Car.class)).isEqualTo(new Car(8, null, null));
	}

	@Test
	void constructorOfOneArrayReceivesTheArray() {
		assertThat(this.mapper.readValue("{\"names\":[\"a\",\"b\"]}", Names.class).names).containsExactly("a", "b");
	}

	@Test
	void creatorsOfClassesAreCalled() {
		assertThat(this.mapper.readValue("{\"id\":7}", Hidden.class).id).isEqualTo(7);
		assertThat(this.mapper.readValue("{\"id\":7}", ByFactory.class).id).isEqualTo(8);
	}

	@Test
	void failureOfAConstructorIsThatOfJackson() {
		assertThatExceptionOfType(ValueInstantiationException.class)
			.isThrownBy(() -> this.mapper.readValue("{\"id\":-1}", Checked.class))
			.withMessageContaining("no negative id")
			.withCauseInstanceOf(IllegalArgumentException.class);
		assertThatExceptionOfType(DatabindException.class)
			.isThrownBy(() -> this.mapper.readValue("[{\"id\":1},{\"id\":-1}]", Checked[].class))
			.satisfies((failure) -> assertThat(failure.getPath()).hasSize(1));
		assertThatExceptionOfType(StackOverflowError.class)
			.isThrownBy(() -> this.mapper.readValue("{\"id\":0}", Checked.class));
	}

	@Test
	void rowsAreMadeWithoutAdaptingAHandleEachTime() {
		StackTraceElement[] trace = this.mapper.readValue("{\"id\":7,\"trace\":null}", Tracing.class).trace();
		assertThat(Arrays.stream(trace).map(StackTraceElement::getMethodName)).contains("createFromObjectWith")
			.doesNotContain("invokeWithArguments", "build");
	}

	/**
	 * The mappers are the same for all rows, so that each is read after others with other
	 * columns.
	 */
	@ParameterizedTest
	@ValueSource(classes = { Plain.class, Smaller.class, WithAlias.class, Renamed.class, Required.class, Ignoring.class,
			IgnoringAll.class, WithAny.class, Injected.class, Viewed.class, Unwrapping.class, Typed.class,
			Nesting.class, Insensitive.class, AsArray.class, Sized.class, Perhaps.class, Empty.class, WithSetter.class,
			Throwing.class, Recursive.class })
	void readsWhatJacksonReadsAndFailsAsJacksonFails(Class<?> type) {
		for (UnaryOperator<JsonMapper.Builder> settings : SETTINGS) {
			JsonMapper plain = settings.apply(builder()).build();
			JsonMapper own = settings.apply(builder().addModule(RecordTypes.module())).build();
			for (String rows : ROWS) {
				String expected = read(plain, type, rows);
				assertThat(read(own, type, rows)).as(rows).isEqualTo(expected);
				assertThat(read(own, type, rows)).as("once more: %s", rows).isEqualTo(expected);
			}
		}
	}

	private static JsonMapper.Builder builder() {
		return JsonMapper.builder().injectableValues(new InjectableValues.Std().addValue("price", "injected"));
	}

	private static String read(JsonMapper mapper, Class<?> type, String rows) {
		try {
			return Arrays.deepToString(new Object[] { mapper.readValue("[" + rows + "]", type.arrayType()) });
		}
		catch (JacksonException ex) {
			return ex.getClass() + ": " + ex.getOriginalMessage() + " at " + ex.getPath();
		}
	}

	@Test
	void columnsThatAreNoArgumentsAreSkippedHoweverManyThereAre() {
		String row = IntStream.range(0, 80)
			.mapToObj((index) -> "\"c" + index + "\":" + index)
			.collect(Collectors.joining(",", "{", ",\"id\":7}"));
		assertThat(this.mapper.readValue("[" + row + "," + row + "]", Smaller[].class)).containsExactly(new Smaller(7),
				new Smaller(7));
	}

	@Test
	void columnsOutsideOfTheViewAreNotRead() {
		assertThat(this.mapper.readerWithView(Plain.class)
			.forType(Viewed.class)
			.<Viewed>readValue("{\"id\":1,\"name\":\"a\"}")
			.name()).isEqualTo("a");
		assertThat(this.mapper.readerWithView(Smaller.class)
			.forType(Viewed.class)
			.<Viewed>readValue("{\"id\":1,\"name\":\"a\"}")
			.name()).isNull();
	}

	@Test
	void columnsInOtherOrdersAreReadByManyThreads() {
		List<String> orders = List.of("[{\"id\":1,\"name\":\"a\",\"price\":2}]",
				"[{\"name\":\"a\",\"price\":2,\"id\":1}]", "[{\"price\":2,\"x\":0,\"id\":1,\"name\":\"a\"}]");
		Plain[] expected = { new Plain(1, "a", "2") };
		assertThat(IntStream.range(0, 30_000)
			.parallel()
			.mapToObj((index) -> this.mapper.readValue(orders.get(index % orders.size()), Plain[].class))
			.filter((rows) -> !Arrays.equals(rows, expected))).isEmpty();
	}

	record Plain(int id, @Nullable String name, @Nullable String price) {
	}

	record Smaller(int id) {
	}

	record WithAlias(int id, @JsonAlias( {
			"label", "title" }) @Nullable String name){
	}

	record Renamed(@JsonProperty("name") @Nullable String label, @JsonProperty("id") long number) {
	}

	record Required(int id, @JsonProperty(required = true) @Nullable String price) {
	}

	record Ignoring(int id, @JsonIgnore @Nullable String name) {
	}

	@JsonIgnoreProperties(ignoreUnknown = true)
	record IgnoringAll(int id, @Nullable String price) {
	}

	record WithAny(int id, @JsonAnySetter @Nullable Map<String, Object> others) {
	}

	record Injected(int id, @JacksonInject("price") @Nullable String price) {
	}

	record Viewed(@Nullable Integer id, @JsonView(Plain.class) @Nullable String name) {
	}

	record Unwrapping(@JsonUnwrapped @Nullable Plain plain, @Nullable String other) {
	}

	record Recursive(int id, @JsonUnwrapped(prefix = "next_") @Nullable Recursive next) {
	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type", defaultImpl = TypedPlain.class)
	@JsonSubTypes(@JsonSubTypes.Type(value = TypedPlain.class, name = "plain"))
	interface Typed {

	}

	record TypedPlain(int id, @Nullable String name) implements Typed {
	}

	record Nesting(int id, @Nullable Smaller car, @Nullable List<Plain> cars) {
	}

	@JsonFormat(with = JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
	record Insensitive(int id, @Nullable String name) {
	}

	@JsonFormat(shape = JsonFormat.Shape.ARRAY)
	record AsArray(int id) {
	}

	record Sized(@JsonProperty("größe") int size, int id) {
	}

	record Perhaps(Optional<String> name, int id) {
	}

	record Empty() {
	}

	record Throwing(int id, @Nullable String name) {

		Throwing {
			if (id == 2) {
				throw new IllegalArgumentException("two");
			}
		}

	}

	static final class WithSetter {

		private final int id;

		private @Nullable String name;

		@JsonCreator
		WithSetter(@JsonProperty("id") int id) {
			this.id = id;
		}

		public void setName(String name) {
			this.name = name;
		}

		@Override
		public String toString() {
			return this.id + " " + this.name;
		}

	}

	record Car(int id, @Nullable String name, @Nullable List<String> tags) {
	}

	record Checked(int id) {

		Checked {
			if (id < 0) {
				throw new IllegalArgumentException("no negative id");
			}
			if (id == 0) {
				throw new StackOverflowError();
			}
		}

	}

	record Tracing(int id, StackTraceElement @Nullable [] trace) {

		Tracing {
			trace = new Throwable().getStackTrace();
		}

	}

	static final class Names {

		private final String[] names;

		@JsonCreator
		Names(@JsonProperty("names") String... names) {
			this.names = names;
		}

	}

	static final class Hidden {

		private final int id;

		@JsonCreator
		private Hidden(@JsonProperty("id") int id) {
			this.id = id;
		}

	}

	static final class ByFactory {

		private final int id;

		private ByFactory(int id) {
			this.id = id;
		}

		@JsonCreator
		static ByFactory of(@JsonProperty("id") int id) {
			return new ByFactory(id + 1);
		}

	}

}
