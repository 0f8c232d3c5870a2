package dev.dbpool.postgrest.value;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.Temporal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Dates and times as PostgreSQL writes and reads them. It marks years before the first by
 * {@code BC}, has no sign before years of five digits, and leaves the minutes of an
 * offset out where they are zero. Its infinities are the greatest and the least values of
 * Java's types, and the end of a day, {@code 24:00}, is {@link LocalTime#MAX}, as in
 * PostgreSQL's JDBC driver.
 */
final class DateTimes {

	static final Set<Class<?>> TYPES = Set.of(LocalDate.class, LocalTime.class, OffsetTime.class, LocalDateTime.class,
			OffsetDateTime.class, ZonedDateTime.class, Instant.class);

	static final String INFINITY = "infinity";

	static final String MINUS_INFINITY = "-infinity";

	private static final String END_OF_DAY = "24:00:00";

	private static final Map<Class<?>, Temporal> GREATEST = Map.of(LocalDate.class, LocalDate.MAX, LocalDateTime.class,
			LocalDateTime.MAX, OffsetDateTime.class, OffsetDateTime.MAX, ZonedDateTime.class,
			OffsetDateTime.MAX.toZonedDateTime(), Instant.class, Instant.MAX);

	private static final Map<Class<?>, Temporal> LEAST = Map.of(LocalDate.class, LocalDate.MIN, LocalDateTime.class,
			LocalDateTime.MIN, OffsetDateTime.class, OffsetDateTime.MIN, ZonedDateTime.class,
			OffsetDateTime.MIN.toZonedDateTime(), Instant.class, Instant.MIN);

	private static final String CLOCK = "\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?";

	private static final String OFFSET = "(?:Z|[+-]\\d\\d(?::\\d\\d(?::\\d\\d)?)?)";

	private static final Pattern DATE = Pattern
		.compile("(\\d{4,9})(-\\d\\d-\\d\\d)(?:[T ](" + CLOCK + ")(" + OFFSET + ")?)?( BC)?");

	private static final Pattern TIME = Pattern.compile("(" + CLOCK + ")(" + OFFSET + ")");

	private DateTimes() {
	}

	/**
	 * Writes a value as PostgreSQL reads it.
	 */
	static String text(Temporal value) {
		if (value.equals(GREATEST.get(value.getClass()))) {
			return INFINITY;
		}
		if (value.equals(LEAST.get(value.getClass()))) {
			return MINUS_INFINITY;
		}
		if (value instanceof LocalDate date) {
			return date(date) + era(date);
		}
		if (value instanceof LocalDateTime dateTime) {
			return dateTime(dateTime) + era(dateTime.toLocalDate());
		}
		if (value instanceof OffsetDateTime dateTime) {
			return dateTime(dateTime.toLocalDateTime()) + dateTime.getOffset() + era(dateTime.toLocalDate());
		}
		if (value instanceof ZonedDateTime dateTime) {
			return text(dateTime.toOffsetDateTime());
		}
		if (value instanceof Instant instant) {
			return text(instant.atOffset(ZoneOffset.UTC));
		}
		if (value instanceof LocalTime time) {
			return time(time);
		}
		return (value instanceof OffsetTime time) ? time(time.toLocalTime()) + time.getOffset() : value.toString();
	}

	private static String date(LocalDate date) {
		int year = date.getYear();
		if (year > 0 && year <= 9999) {
			return date.toString();
		}
		return String.format(Locale.ROOT, "%04d-%02d-%02d", (year > 0) ? year : 1 - year, date.getMonthValue(),
				date.getDayOfMonth());
	}

	private static String dateTime(LocalDateTime dateTime) {
		return date(dateTime.toLocalDate()) + "T" + dateTime.toLocalTime();
	}

	private static String era(LocalDate date) {
		return (date.getYear() > 0) ? "" : " BC";
	}

	private static String time(LocalTime time) {
		return time.equals(LocalTime.MAX) ? END_OF_DAY : time.toString();
	}

	/**
	 * Reads a text for which Java's formats have no value.
	 */
	static Optional<Temporal> beyondIso(String text, Class<?> type) {
		if (text.equals(INFINITY)) {
			return Optional.ofNullable(GREATEST.get(type));
		}
		if (text.equals(MINUS_INFINITY)) {
			return Optional.ofNullable(LEAST.get(type));
		}
		if (text.startsWith(END_OF_DAY) && type == LocalTime.class && text.length() == END_OF_DAY.length()) {
			return Optional.of(LocalTime.MAX);
		}
		if (text.startsWith(END_OF_DAY) && type == OffsetTime.class && TIME.matcher(text).matches()) {
			return Optional.of(LocalTime.MAX.atOffset(ZoneOffset.of(text.substring(END_OF_DAY.length()))));
		}
		return Optional.empty();
	}

	/**
	 * Writes what PostgreSQL, or {@link #text}, wrote in the form of ISO 8601 that Java
	 * reads; any other text is left as it is.
	 */
	static String iso(String text) {
		Matcher date = DATE.matcher(text);
		if (date.matches()) {
			String time = (date.group(3) != null) ? "T" + date.group(3) + offset(date.group(4)) : "";
			return year(Integer.parseInt(date.group(1)), date.group(5) != null) + date.group(2) + time;
		}
		Matcher time = TIME.matcher(text);
		return time.matches() ? time.group(1) + offset(time.group(2)) : text;
	}

	private static String year(int year, boolean beforeFirst) {
		if (beforeFirst) {
			return (year == 1) ? "0000" : String.format(Locale.ROOT, "-%04d", year - 1);
		}
		return (year > 9999) ? "+" + year : String.format(Locale.ROOT, "%04d", year);
	}

	private static String offset(@Nullable String offset) {
		return (offset == null) ? "" : (offset.length() == 3) ? offset + ":00" : offset;
	}

}
