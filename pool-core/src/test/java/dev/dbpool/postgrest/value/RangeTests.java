package dev.dbpool.postgrest.value;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Map;

import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Range}.
 */
class RangeTests {

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	@Test
	void isTheTextOfPostgres() {
		assertThat(Range.closed(1, 5)).hasToString("[1,5]");
		assertThat(Range.closedOpen(1, 5)).hasToString("[1,5)");
		assertThat(Range.open(1, 5)).hasToString("(1,5)");
		assertThat(Range.openClosed(1, 5)).hasToString("(1,5]");
		assertThat(Range.atLeast(1)).hasToString("[1,)");
		assertThat(Range.greaterThan(1)).hasToString("(1,)");
		assertThat(Range.atMost(5)).hasToString("(,5]");
		assertThat(Range.lessThan(5)).hasToString("(,5)");
		assertThat(Range.all()).hasToString("(,)");
		assertThat(Range.empty()).hasToString("empty");
		assertThat(Range.atLeast(LocalDate.EPOCH)).hasToString("[1970-01-01,)");
		assertThat(Range.closed("a,b", "c\"d")).hasToString("[\"a,b\",\"c\\\"d\"]");
	}

	@Test
	void isReadByTheTypeOfItsBounds() {
		assertThat(read("[1,5)", new TypeReference<Range<Integer>>() {
		})).isEqualTo(Range.closedOpen(1, 5));
		assertThat(read("empty", new TypeReference<Range<Integer>>() {
		})).isEqualTo(Range.<Integer>empty()).satisfies((range) -> assertThat(range.isEmpty()).isTrue());
		assertThat(read("(,2026-02-01)", new TypeReference<Range<LocalDate>>() {
		})).isEqualTo(Range.lessThan(LocalDate.of(2026, 2, 1)));
		assertThat(read("[\"2026-01-02 03:04:05\",)", new TypeReference<Range<LocalDateTime>>() {
		})).isEqualTo(Range.atLeast(LocalDateTime.of(2026, 1, 2, 3, 4, 5)));
		assertThat(read("[\"2026-01-02 03:04:05.5+00\",\"2026-01-02 03:04:05+05:30\"]",
				new TypeReference<Range<Instant>>() {
				}))
			.isEqualTo(Range.closed(Instant.parse("2026-01-02T03:04:05.5Z"), Instant.parse("2026-01-01T21:34:05Z")));
		assertThat(read("[\"a,\\\"b\",\"c\\\\\"]", new TypeReference<Range<String>>() {
		})).isEqualTo(Range.closed("a,\"b", "c\\"));
	}

	@Test
	void comesBackAsItWasWritten() {
		Range<String> range = Range.openClosed("x\"\\,()[]", "y");
		assertThat(MAPPER.readValue(MAPPER.writeValueAsString(range), new TypeReference<Range<String>>() {
		})).isEqualTo(range).hasSameHashCodeAs(range);
	}

	@Test
	void whatIsNoRangeIsRefused() {
		assertThatExceptionOfType(DatabindException.class)
			.isThrownBy(() -> read("[1", new TypeReference<Range<Integer>>() {
			}))
			.withMessageContaining("no range");
	}

	private static <T> Range<T> read(String text, TypeReference<Range<T>> type) {
		return MAPPER.convertValue(Map.of("range", text).get("range"), type);
	}

}
