package dev.dbpool.postgrest.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.NoSuchElementException;

import dev.dbpool.postgrest.Nulls;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Row}.
 */
class RowTests {

	private static final String JSON = "{\"id\":9223372036854775807,\"price\":12345678901234567890.12345678901234567890,"
			+ "\"huge\":123456789012345678901234567890,\"name\":\"x\",\"none\":null,\"yes\":true,\"small\":7,"
			+ "\"uuid\":\"11111111-2222-3333-4444-555555555555\",\"tags\":[1,[\"a\",null]],\"data\":{\"k\":{}}}";

	private final JsonMapper mapper = JsonMapper.shared();

	private final Row row = this.mapper.readValue(JSON, Row.class);

	@Test
	void numbersKeepEveryDigit() {
		assertThat(this.row.getLong("id")).isEqualTo(Long.MAX_VALUE);
		assertThat(this.row.getBigDecimal("price")).isEqualTo("12345678901234567890.12345678901234567890");
		assertThat(this.row.get("huge")).isEqualTo(new BigInteger("123456789012345678901234567890"));
		assertThat(this.row.getInt("small")).isEqualTo(7);
		assertThat(this.row.getDouble("small")).isEqualTo(7.0);
		assertThat(this.row.getBigDecimal("huge")).isEqualTo(new BigDecimal("123456789012345678901234567890"));
	}

	@Test
	void whatIsNoNumberInJsonIsADouble() {
		Row row = Row.of(Map.of("nan", "NaN", "most", "Infinity", "least", "-Infinity", "text", "x"));
		assertThat(row.getDouble("nan")).isNaN();
		assertThat(row.getDouble("most")).isEqualTo(Double.POSITIVE_INFINITY);
		assertThat(row.getDouble("least")).isEqualTo(Double.NEGATIVE_INFINITY);
		assertThatIllegalArgumentException().isThrownBy(() -> row.getDouble("text"));
		assertThatIllegalArgumentException().isThrownBy(() -> row.getBigDecimal("nan"));
	}

	@Test
	void valuesAreTyped() {
		assertThat(this.row.getString("name")).isEqualTo("x");
		assertThat(this.row.getString("id")).isEqualTo("9223372036854775807");
		assertThat(this.row.getBoolean("yes")).isTrue();
		assertThat(this.row.getUuid("uuid")).hasToString("11111111-2222-3333-4444-555555555555");
		assertThat(this.row.get("data")).isEqualTo(Map.of("k", Map.of()));
		assertThat(this.row.get("tags")).asInstanceOf(InstanceOfAssertFactories.LIST)
			.element(1)
			.isEqualTo(Arrays.asList("a", null));
	}

	@Test
	void valuesAreReadAsTheTypesOfARecord() {
		Row row = this.mapper.readValue(
				"""
						{"day":"2026-01-02","time":"03:04:05.6","local":"2026-01-02T03:04:05.6","moment":"2026-01-02T03:04:05.6+02:00",
						"took":"1 day 02:00:00","tags":["a",null,"b"],"numbers":[1,2],"days":["2026-01-02"],"bytes":"\\\\x00ff",
						"kind":"FIRST","data":{"price":0.10,"list":[1]},"range":"[1,5)","none":null}
						""",
				Row.class);
		assertThat(row.getLocalDate("day")).isEqualTo(LocalDate.of(2026, 1, 2));
		assertThat(row.getLocalTime("time")).isEqualTo(LocalTime.of(3, 4, 5, 600_000_000));
		assertThat(row.getLocalDateTime("local")).isEqualTo(LocalDateTime.parse("2026-01-02T03:04:05.6"));
		assertThat(row.getOffsetDateTime("moment").toInstant()).isEqualTo(Instant.parse("2026-01-02T01:04:05.600Z"));
		assertThat(row.getInstant("moment")).isEqualTo(Instant.parse("2026-01-02T01:04:05.600Z"));
		assertThat(row.getList("tags", String.class)).containsExactly("a", null, "b");
		assertThat(row.getList("numbers", Long.class)).containsExactly(1L, 2L);
		assertThat(row.getList("days", LocalDate.class)).containsExactly(LocalDate.of(2026, 1, 2));
		assertThat(row.getJson("data").get("price").decimalValue()).isEqualTo(new BigDecimal("0.10"));
		assertThat(row.getJson("day").stringValue()).isEqualTo("2026-01-02");
		assertThat(row.get("took", Duration.class)).isEqualTo(Duration.ofHours(26));
		assertThat(row.get("bytes", byte[].class)).containsExactly(0, -1);
		assertThat(row.get("kind", Nulls.class)).isEqualTo(Nulls.FIRST);
		assertThat(row.get("data", Data.class)).isEqualTo(new Data(new BigDecimal("0.10"), List.of(1)));
		assertThat(row.get("data", new ParameterizedTypeReference<Map<String, Object>>() {
		})).containsEntry("list", List.of(1));
		assertThat(row.find("none", LocalDate.class)).isEmpty();
		assertThat(row.find("day", LocalDate.class)).contains(LocalDate.of(2026, 1, 2));
		assertThatIllegalArgumentException().isThrownBy(() -> row.getLocalDate("took")).withMessageContaining("'took'");
		assertThatIllegalArgumentException().isThrownBy(() -> row.getList("day", String.class));
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> row.getInstant("none"));
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> row.getJson("nope"));
	}

	@Test
	void absentAndNullAreDifferent() {
		assertThat(this.row.find("none")).isEmpty();
		assertThat(this.row.isNull("none")).isTrue();
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> this.row.getString("none"))
			.withMessageContaining("null");
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> this.row.find("nope"))
			.withMessageContaining("nope")
			.withMessageContaining("name");
	}

	@Test
	void valuesOfAnotherKindAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.row.getInt("id"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.row.getLong("name"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.row.getBoolean("name"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.row.getUuid("name"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.row.getString("data"));
	}

	@Test
	void isWrittenAsItWasRead() {
		assertThat(this.mapper.writeValueAsString(this.row)).isEqualTo(JSON);
		assertThat(this.mapper.readValue("[" + JSON + "]", Row[].class)).containsExactly(this.row);
	}

	@Test
	void isReadOnly() {
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> this.row.asMap().put("name", "y"));
		assertThat(Row.of(Map.of("a", List.of())).columns()).containsExactly("a");
	}

	record Data(BigDecimal price, List<Integer> list) {
	}

	@Test
	void valueThatIsNotOfTheTypeIsShownWithoutControlCharacters() {
		assertThatIllegalArgumentException().isThrownBy(() -> Row.of(Map.of("a", "x\u001b[31m")).get("a", UUID.class))
			.withMessageStartingWith("The value of the column 'a' is no java.util.UUID: ")
			.withMessageContaining("x [31m")
			.withNoCause();
	}

}
