package dev.dbpool.postgrest.value;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Isolated("sets the default locale")
class DateTimesTests {

	private final JsonMapper mapper = PostgresTypes.exact(JsonMapper.builder());

	@Test
	void literalsAreWhatPostgresReads() {
		assertThat(Literals.text(LocalDate.of(2026, 1, 2))).isEqualTo("2026-01-02");
		assertThat(Literals.text(LocalDate.of(12026, 1, 2))).isEqualTo("12026-01-02");
		assertThat(Literals.text(LocalDate.of(0, 1, 2))).isEqualTo("0001-01-02 BC");
		assertThat(Literals.text(LocalDate.of(-43, 3, 15))).isEqualTo("0044-03-15 BC");
		assertThat(Literals.text(OffsetDateTime.of(-43, 3, 15, 12, 0, 1, 0, ZoneOffset.ofHours(1))))
			.isEqualTo("0044-03-15T12:00:01+01:00 BC");
		assertThat(Literals.text(ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneId.of("Europe/Berlin"))))
			.isEqualTo("2026-01-02T03:04:05+01:00");
		assertThat(Literals.text(LocalTime.MAX)).isEqualTo("24:00:00");
		assertThat(Literals.text(OffsetTime.of(LocalTime.MAX, ZoneOffset.UTC))).isEqualTo("24:00:00Z");
		for (Object greatest : List.of(LocalDate.MAX, LocalDateTime.MAX, OffsetDateTime.MAX, Instant.MAX,
				OffsetDateTime.MAX.toZonedDateTime())) {
			assertThat(Literals.text(greatest)).isEqualTo("infinity");
		}
		for (Object least : List.of(LocalDate.MIN, LocalDateTime.MIN, OffsetDateTime.MIN, Instant.MIN,
				OffsetDateTime.MIN.toZonedDateTime())) {
			assertThat(Literals.text(least)).isEqualTo("-infinity");
		}
		assertThat(Range.closedOpen(LocalDate.of(-43, 3, 15), LocalDate.MAX))
			.hasToString("[\"0044-03-15 BC\",infinity)");
	}

	@Test
	void whatPostgresWritesIsRead() {
		assertThat(read("12:00:00+00", OffsetTime.class)).isEqualTo(OffsetTime.of(12, 0, 0, 0, ZoneOffset.UTC));
		assertThat(read("12:00:00.5+05:30", OffsetTime.class))
			.isEqualTo(OffsetTime.of(12, 0, 0, 500_000_000, ZoneOffset.ofHoursMinutes(5, 30)));
		assertThat(read("24:00:00-02", OffsetTime.class))
			.isEqualTo(OffsetTime.of(LocalTime.MAX, ZoneOffset.ofHours(-2)));
		assertThat(read("24:00:00", LocalTime.class)).isEqualTo(LocalTime.MAX);
		assertThat(read("0044-03-15 BC", LocalDate.class)).isEqualTo(LocalDate.of(-43, 3, 15));
		assertThat(read("0001-01-01 BC", LocalDate.class)).isEqualTo(LocalDate.of(0, 1, 1));
		assertThat(read("12026-01-02", LocalDate.class)).isEqualTo(LocalDate.of(12026, 1, 2));
		assertThat(read("0044-03-15T12:00:00+00:00 BC", Instant.class))
			.isEqualTo(OffsetDateTime.of(-43, 3, 15, 12, 0, 0, 0, ZoneOffset.UTC).toInstant());
		assertThat(read("2026-01-02 03:04:05+00", OffsetDateTime.class))
			.isEqualTo(OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC));
		assertThat(read("infinity", LocalDate.class)).isEqualTo(LocalDate.MAX);
		assertThat(read("-infinity", LocalDateTime.class)).isEqualTo(LocalDateTime.MIN);
		assertThat(read("infinity", Instant.class)).isEqualTo(Instant.MAX);
		assertThat(read("-infinity", OffsetDateTime.class)).isEqualTo(OffsetDateTime.MIN);
		assertThat(read("infinity", ZonedDateTime.class).toOffsetDateTime()).isEqualTo(OffsetDateTime.MAX);
	}

	@Test
	void momentsOfAllYearsInJsonAreReadAsTheyWereWritten() {
		for (OffsetDateTime moment : List.of(OffsetDateTime.of(20000, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC),
				OffsetDateTime.of(-43, 3, 15, 12, 0, 0, 0, ZoneOffset.UTC))) {
			assertThat(read(Literals.text(moment), OffsetDateTime.class)).isEqualTo(moment);
		}
		OffsetTime endOfDay = OffsetTime.of(LocalTime.MAX, ZoneOffset.UTC);
		assertThat(read(Literals.text(endOfDay), OffsetTime.class)).isEqualTo(endOfDay);
	}

	@Test
	void digitsOfTheDefaultLocaleAreNotUsed() {
		Locale before = Locale.getDefault();
		Locale.setDefault(Locale.forLanguageTag("ar-EG"));
		try {
			literalsAreWhatPostgresReads();
			whatPostgresWritesIsRead();
			intervalsAreReadAsDurationsOrPeriods();
			assertThat(read("2026-01-02", LocalDate.class)).isEqualTo(LocalDate.of(2026, 1, 2));
			assertThat(this.mapper.writeValueAsString(LocalDate.of(12026, 1, 2))).isEqualTo("\"12026-01-02\"");
		}
		finally {
			Locale.setDefault(before);
		}
	}

	@Test
	void intervalsAreReadAsDurationsOrPeriods() {
		assertThat(read("1 year 2 mons -3 days", Period.class)).isEqualTo(Period.of(1, 2, -3));
		assertThat(read("-1 years -2 mons +3 days", Period.class)).isEqualTo(Period.of(-1, -2, 3));
		assertThat(read("00:00:00", Period.class)).isEqualTo(Period.ZERO);
		assertThat(read("P1Y", Period.class)).isEqualTo(Period.ofYears(1));
		assertThat(read("1 day -02:03:04.5", Duration.class))
			.isEqualTo(Duration.ofDays(1).minus(Duration.parse("PT2H3M4.5S")));
		assertThat(read("-00:00:00.5", Duration.class)).isEqualTo(Duration.ofMillis(-500));
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> read("1 mon", Duration.class));
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> read("1 mon 01:00:00", Period.class));
		assertThat(this.mapper.writeValueAsString(Period.of(1, 2, -3))).isEqualTo("\"P1Y2M-3D\"");
	}

	@Test
	void theMapperOfTheApplicationDoesNotDecideHowTimesAreWritten() {
		JsonMapper other = PostgresTypes.exact(JsonMapper.builder().enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS));
		assertThat(other.writeValueAsString(List.of(LocalDate.of(2026, 1, 2), LocalDate.MAX, Duration.ofSeconds(90))))
			.isEqualTo("[\"2026-01-02\",\"infinity\",\"PT1M30S\"]");
	}

	@Test
	void aPropertyKeepsItsOwnFormat() {
		Formatted formatted = new Formatted(LocalDate.of(2026, 1, 2));
		String json = "{\"day\":\"02.01.2026\"}";
		assertThat(this.mapper.writeValueAsString(formatted)).isEqualTo(json);
		assertThat(this.mapper.readValue(json, Formatted.class)).isEqualTo(formatted);
	}

	private <T> T read(String text, Class<T> type) {
		return this.mapper.readValue("\"" + text + "\"", type);
	}

	record Formatted(@JsonFormat(pattern = "dd.MM.yyyy") LocalDate day) {
	}

}
