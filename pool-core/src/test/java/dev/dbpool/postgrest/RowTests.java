package dev.dbpool.postgrest;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

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

}
