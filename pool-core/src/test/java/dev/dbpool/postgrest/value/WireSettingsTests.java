package dev.dbpool.postgrest.value;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.dbpool.postgrest.HttpStub;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.Select;
import dev.dbpool.postgrest.Table;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.http.codec.json.JacksonJsonEncoder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WireSettings}: what is sent and read does not depend on how the
 * application writes its own JSON.
 */
@Tag("slow")
class WireSettingsTests {

	private static final String ANSWER = "[{\"id\":1,\"day\":\"2026-01-02\",\"price\":0.10,\"tags\":[\"x\"]}]";

	private static List<JsonNode> defaultBodies;

	@BeforeAll
	static void sendDefaultBodies() {
		defaultBodies = bodies(JsonMapper.builder().build());
	}

	static Stream<Named<UnaryOperator<JsonMapper.Builder>>> settings() {
		return Stream.of(
				setting("dates as timestamps",
						(json) -> json.enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS,
								DateTimeFeature.WRITE_DATE_KEYS_AS_TIMESTAMPS)),
				setting("durations as timestamps",
						(json) -> json.enable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)),
				setting("zone ids", (json) -> json.enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)),
				setting("time zone", (json) -> json.defaultTimeZone(TimeZone.getTimeZone("Asia/Tokyo"))),
				setting("truncated times", (json) -> json.enable(DateTimeFeature.TRUNCATE_TO_MSECS_ON_WRITE)),
				setting("root wrapping",
						(json) -> json.enable(SerializationFeature.WRAP_ROOT_VALUE)
							.enable(DeserializationFeature.UNWRAP_ROOT_VALUE)),
				setting("numbers as strings", (json) -> json.enable(JsonWriteFeature.WRITE_NUMBERS_AS_STRINGS)),
				setting("bare names", (json) -> json.disable(JsonWriteFeature.QUOTE_PROPERTY_NAMES)),
				setting("bare NaN", (json) -> json.disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)),
				setting("single elements",
						(json) -> json.enable(SerializationFeature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)),
				setting("no empty arrays", (json) -> json.disable(SerializationFeature.WRITE_EMPTY_JSON_ARRAYS)),
				setting("indentation", (json) -> json.enable(SerializationFeature.INDENT_OUTPUT)),
				setting("no nulls",
						(json) -> json.changeDefaultPropertyInclusion(
								(inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL)
									.withContentInclusion(JsonInclude.Include.NON_NULL))),
				setting("no nulls in trees",
						(json) -> json.disable(JsonNodeFeature.WRITE_NULL_PROPERTIES,
								JsonNodeFeature.READ_NULL_PROPERTIES)),
				setting("floats in trees",
						(json) -> json.disable(JsonNodeFeature.USE_BIG_DECIMAL_FOR_FLOATS)
							.enable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)),
				setting("default typing",
						(json) -> json.activateDefaultTyping(
								BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build(),
								DefaultTyping.NON_FINAL)),
				setting("order", (json) -> json.enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
					.enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)));
	}

	private static Named<UnaryOperator<JsonMapper.Builder>> setting(String name,
			UnaryOperator<JsonMapper.Builder> setting) {
		return Named.of(name, setting);
	}

	@ParameterizedTest
	@MethodSource("settings")
	void bodiesDoNotDependOnTheSettingsOfTheApplication(UnaryOperator<JsonMapper.Builder> setting) {
		assertThat(bodies(setting.apply(JsonMapper.builder()).build())).isEqualTo(defaultBodies);
	}

	private static List<JsonNode> bodies(JsonMapper mapper) {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			PostgrestClient db = client(stub, mapper);
			Table t = db.from("t");
			ZonedDateTime zoned = ZonedDateTime.parse("2026-01-02T03:04:05.123456789+01:00[Europe/Zurich]");
			for (Object value : List.of(LocalDate.EPOCH, LocalDateTime.parse("2026-01-02T03:04:05.123456789"),
					Instant.parse("2026-01-02T03:04:05.123456789Z"), OffsetDateTime.parse("2026-01-02T03:04:05+01:00"),
					zoned, Duration.ofSeconds(90), new BigDecimal("0.10"), Double.NaN, Long.MAX_VALUE, List.of("x"),
					List.of(), new String[0], JsonMapper.shared().readTree("{\"a\":null,\"b\":[1.50]}"),
					Collections.singletonMap(LocalDate.EPOCH, null), new byte[] { 1 }, Range.closed(1, 2))) {
				t.insert(Map.of("v", value)).execute().block();
			}
			t.insert(new Item(1, LocalDate.EPOCH, BigDecimal.ONE, List.of("x"))).execute().block();
			t.insert(List.of(new Item(1, LocalDate.EPOCH, BigDecimal.ONE, List.of()))).execute().block();
			db.rpc("f").arg("day", LocalDate.EPOCH).arg("none", null).execute().block();
			JsonMapper exact = JsonMapper.builder()
				.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
				.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
				.build();
			return stub.requests()
				.stream()
				.map((request) -> exact.readTree(request.substring(request.indexOf("\r\n\r\n") + 4)))
				.toList();
		}
	}

	@ParameterizedTest
	@MethodSource("settings")
	void answersAreReadWhateverTheSettingsOfTheApplication(UnaryOperator<JsonMapper.Builder> setting) {
		try (HttpStub stub = HttpStub.answering(200, "Content-Type: application/json\r\n", ANSWER)) {
			Select select = client(stub, setting.apply(JsonMapper.builder()).build()).from("t").select();
			Item item = new Item(1, LocalDate.of(2026, 1, 2), new BigDecimal("0.10"), List.of("x"));
			assertThat(select.list(Item.class).block()).containsExactly(item);
			assertThat(select.stream(Item.class).collectList().block()).containsExactly(item);
			assertThat(select.list(Row.class).block()).singleElement()
				.satisfies((row) -> assertThat(row.getBigDecimal("price")).isEqualTo("0.10"));
			assertThat(select.list(JsonNode.class).block()).singleElement()
				.satisfies((tree) -> assertThat(tree.path("price").decimalValue()).isEqualTo("0.10"));
		}
	}

	@ParameterizedTest
	@MethodSource("settings")
	void whatAnApplicationSaysOfItsOwnTypesRemains(UnaryOperator<JsonMapper.Builder> setting) {
		try (HttpStub stub = HttpStub.answering(201, "", "")) {
			JsonMapper mapper = setting
				.apply(JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE))
				.build();
			client(stub, mapper).from("t").insert(new Own(LocalDate.of(2026, 1, 2))).execute().block();
			assertThat(stub.requests()).singleElement().asString().endsWith("{\"first_day\":\"02.01.2026\"}");
		}
	}

	private static PostgrestClient client(HttpStub stub, JsonMapper mapper) {
		return PostgrestClient.create(stub.builder().codecs((codecs) -> {
			codecs.defaultCodecs().jacksonJsonEncoder(new JacksonJsonEncoder(mapper));
			codecs.defaultCodecs().jacksonJsonDecoder(new JacksonJsonDecoder(mapper));
		}).build());
	}

	record Item(int id, LocalDate day, BigDecimal price, List<String> tags) {
	}

	record Own(@JsonFormat(pattern = "dd.MM.yyyy") LocalDate firstDay) {
	}

}
