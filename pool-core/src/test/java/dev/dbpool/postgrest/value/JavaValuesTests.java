package dev.dbpool.postgrest.value;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.Temporal;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

import com.fasterxml.jackson.annotation.JsonFormat;
import dev.dbpool.postgrest.RecordingExchange;
import dev.dbpool.postgrest.RpcCall;
import dev.dbpool.postgrest.Select;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for older date types and optional values wherever values are taken.
 */
class JavaValuesTests {

	private static final Instant INSTANT = Instant.parse("2026-01-02T03:04:05.678Z");

	private static final String HERE = INSTANT.atZone(ZoneId.systemDefault()).toOffsetDateTime().toString();

	private static final Calendar CALENDAR = GregorianCalendar.from(INSTANT.atZone(ZoneId.of("Asia/Tokyo")));

	private final RecordingExchange exchange = new RecordingExchange();

	private final Select cars = this.exchange.client().from("cars").select();

	@Test
	void olderDateTypesAreComparedAsPointsInTimeOrAsWhatTheyShow() {
		assertFilter(this.cars.eq("a", Date.from(INSTANT)), "a=eq." + HERE);
		assertFilter(this.cars.eq("a", Timestamp.from(INSTANT)), "a=eq." + HERE);
		assertFilter(this.cars.eq("a", CALENDAR), "a=eq.2026-01-02T12:04:05.678+09:00");
		assertFilter(this.cars.eq("a", java.sql.Date.valueOf("2026-01-02")), "a=eq.2026-01-02");
		assertFilter(this.cars.in("a", List.of(Time.valueOf("03:04:05"))), "a=in.(03:04:05)");
		assertFilter(this.cars.contains("a", new Object[] { java.sql.Date.valueOf("2026-01-02") }),
				"a=cs.{2026-01-02}");
	}

	@Test
	void whatIsInAnOptionalIsComparedWith() {
		assertFilter(this.cars.eq("a", Optional.of("x")), "a=eq.x");
		assertFilter(this.cars.eq("a", Optional.of(java.sql.Date.valueOf("2026-01-02"))), "a=eq.2026-01-02");
		assertFilter(this.cars.eq("a", OptionalInt.of(1)), "a=eq.1");
		assertFilter(this.cars.eq("a", OptionalLong.of(2)), "a=eq.2");
		assertFilter(this.cars.eq("a", OptionalDouble.of(0.5)), "a=eq.0.5");
		assertFilter(this.cars.in("a", Optional.of(1), 2), "a=in.(1,2)");
		assertFilter(this.cars.overlaps("a", List.of(Optional.of("x"), Optional.empty())), "a=ov.{x,NULL}");
		assertFilter(this.cars.match(Map.of("a", Optional.empty())), "a=is.null");
	}

	@Test
	void anEmptyOptionalIsNoValueToCompareWith() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.eq("a", Optional.empty()))
			.withMessageContaining("'a'")
			.withMessageContaining("isNull");
		assertThatIllegalArgumentException().isThrownBy(() -> this.cars.in("a", Arrays.asList(1, OptionalInt.empty())))
			.withMessageContaining("'a'");
		assertThat(this.exchange.count()).isZero();
	}

	@Test
	void argumentsInTheUrlTakeThemToo() {
		RpcCall call = this.exchange.client().rpc("f").readOnly();
		call.arg("at", Date.from(INSTANT)).arg("n", Optional.of(7)).list(Row.class).block();
		assertThat(sent()).isEqualTo("/rpc/f?at=" + HERE + "&n=7");
		assertThatIllegalArgumentException().isThrownBy(() -> call.arg("n", Optional.empty()).list(Row.class))
			.withMessageContaining("'n'");
	}

	@Test
	void bodiesHaveThemAsFiltersDo() {
		Map<String, Object> row = new HashMap<>();
		row.put("date", Date.from(INSTANT));
		assertThat(Json.write(row)).isEqualTo("{\"date\":\"" + HERE + "\"}");
		assertThat(Json.write(Map.of("calendar", CALENDAR)))
			.isEqualTo("{\"calendar\":\"2026-01-02T12:04:05.678+09:00\"}");
		assertThat(Json.write(Map.of("day", java.sql.Date.valueOf("2026-01-02"))))
			.isEqualTo("{\"day\":\"2026-01-02\"}");
		assertThat(Json.write(Map.of("time", Time.valueOf("03:04:05")))).isEqualTo("{\"time\":\"03:04:05\"}");
		assertThat(Json.write(Map.of("none", Optional.empty()))).isEqualTo("{\"none\":null}");
		assertThat(Json.write(Map.of("some", Optional.of(1)))).isEqualTo("{\"some\":1}");
	}

	@Test
	void whatWasWrittenIsRead() {
		Row row = Row.of(Map.of("moment", "2026-01-02T03:04:05.678+00:00", "local", "2026-01-02T03:04:05.678", "day",
				"2026-01-02", "time", "03:04:05", "bad", "x"));
		assertThat(row.get("moment", Date.class)).isEqualTo(Date.from(INSTANT));
		assertThat(row.get("moment", Timestamp.class)).isEqualTo(Timestamp.from(INSTANT));
		assertThat(row.get("moment", Calendar.class).toInstant()).isEqualTo(INSTANT);
		assertThat(row.get("local", Timestamp.class)).isEqualTo(Timestamp.valueOf("2026-01-02 03:04:05.678"));
		assertThat(row.get("day", java.sql.Date.class).toLocalDate()).isEqualTo(LocalDate.of(2026, 1, 2));
		assertThat(row.get("day", Date.class))
			.isEqualTo(Date.from(LocalDate.of(2026, 1, 2).atStartOfDay(ZoneId.systemDefault()).toInstant()));
		assertThat(row.get("time", Time.class)).isEqualTo(Time.valueOf("03:04:05"));
		assertThat(OffsetDateTime.parse(HERE).toInstant()).isEqualTo(INSTANT);
		assertThatIllegalArgumentException().isThrownBy(() -> row.get("bad", Date.class))
			.withMessageContaining("'bad'");
	}

	@Test
	void numbersAreReadAsMilliseconds() {
		Row row = Row.of(Map.of("millis", INSTANT.toEpochMilli()));
		assertThat(row.get("millis", Date.class)).isEqualTo(Date.from(INSTANT));
		assertThat(row.get("millis", Timestamp.class)).isEqualTo(Timestamp.from(INSTANT));
		assertThat(row.get("millis", Calendar.class).toInstant()).isEqualTo(INSTANT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0044-03-15T12:00:00+00:00 BC", "20000-01-01T00:00:00.5+00:00", "294276-12-31T23:59:59+00",
			"4713-01-01T00:00:00 BC", "20000-01-01" })
	void momentsOfAllYearsAreReadAsTheyWereWritten(String text) {
		Row row = Row.of(Map.of("at", text));
		Instant instant = row.get("at", Date.class).toInstant();
		assertThat(row.get("at", Timestamp.class).toInstant()).isEqualTo(instant);
		assertThat(row.get("at", Calendar.class).toInstant()).isEqualTo(instant);
		String written = DateTimes.text((Temporal) JavaValues.plain(Date.from(instant)));
		assertThat(Row.of(Map.of("at", written)).get("at", Date.class)).isEqualTo(Date.from(instant));
		assertThat(written).endsWith(text.endsWith(" BC") ? " BC" : "");
	}

	@ParameterizedTest
	@ValueSource(strings = { "infinity", "-infinity" })
	void infinityIsReadAsItIsWritten(String text) {
		Row row = Row.of(Map.of("at", text));
		for (Class<?> type : List.of(Date.class, Timestamp.class, java.sql.Date.class, Calendar.class,
				GregorianCalendar.class)) {
			Object value = row.get("at", type);
			assertThat(value).isInstanceOf(type);
			assertThat(Json.write(Map.of("at", value))).isEqualTo("{\"at\":\"" + text + "\"}");
		}
		assertThat(row.get("at", Date.class).getTime())
			.isEqualTo(text.startsWith("-") ? -9223372036832400000L : 9223372036825200000L);
	}

	@Test
	void dateBeforeTheFirstYearIsWrittenWithItsEraAndNotReadWithoutIt() {
		java.sql.Date ides = new java.sql.Date(new GregorianCalendar.Builder()
			.setFields(Calendar.ERA, GregorianCalendar.BC, Calendar.YEAR, 44, Calendar.MONTH, Calendar.MARCH,
					Calendar.DAY_OF_MONTH, 15)
			.build()
			.getTimeInMillis());
		assertThat(ides).hasToString("0044-03-15");
		assertThat(Json.write(Map.of("day", ides))).isEqualTo("{\"day\":\"0044-03-15 BC\"}");
		Row row = Row.of(Map.of("day", "0044-03-15 BC"));
		assertThat(row.get("day", LocalDate.class)).isEqualTo(LocalDate.of(-43, 3, 15));
		assertThatIllegalArgumentException().isThrownBy(() -> row.get("day", java.sql.Date.class))
			.withMessageContaining("'day'")
			.withMessageContaining("0044-03-15 BC")
			.withMessageContaining("Use LocalDate");
		assertThat(Row.of(Map.of("day", "20000-03-15")).get("day", java.sql.Date.class).toLocalDate())
			.isEqualTo(LocalDate.of(20000, 3, 15));
	}

	@Test
	void formatOfAPropertyIsKept() {
		Row row = Row.of(Map.of("json", Map.of("day", "15.03.2026", "millis", INSTANT.toEpochMilli())));
		Formatted formatted = row.get("json", Formatted.class);
		assertThat(formatted.day.toInstant()).isEqualTo(Instant.parse("2026-03-15T00:00:00Z"));
		assertThat(formatted.millis).isEqualTo(Date.from(INSTANT));
		assertThat(Json.write(formatted))
			.isEqualTo("{\"day\":\"15.03.2026\",\"millis\":" + INSTANT.toEpochMilli() + "}");
	}

	private void assertFilter(Select query, String filter) {
		query.list(Row.class).block();
		assertThat(sent()).isEqualTo("/cars?select=*&" + filter);
	}

	private String sent() {
		return URLDecoder.decode(this.exchange.request().target().replace("+", "%2B"), StandardCharsets.UTF_8);
	}

	private record Formatted(@JsonFormat(pattern = "dd.MM.yyyy", timezone = "UTC") Date day,
			@JsonFormat(shape = JsonFormat.Shape.NUMBER) Date millis) {

	}

}
