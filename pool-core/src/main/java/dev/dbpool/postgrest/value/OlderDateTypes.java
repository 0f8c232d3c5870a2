package dev.dbpool.postgrest.value;

import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Values of Java's older date types, read so that they are what {@link JavaValues} wrote,
 * whatever the type of the column. Infinities are the numbers by which PostgreSQL's JDBC
 * driver represents them.
 */
final class OlderDateTypes {

	/** Milliseconds of {@code infinity}. */
	static final long INFINITY = 9223372036825200000L;

	/** Milliseconds of {@code -infinity}. */
	static final long MINUS_INFINITY = -9223372036832400000L;

	private static final Map<Class<?>, LongFunction<Object>> BY_MILLIS = Map.of(Date.class, Date::new, Timestamp.class,
			Timestamp::new, java.sql.Date.class, java.sql.Date::new, Calendar.class, OlderDateTypes::calendar,
			GregorianCalendar.class, OlderDateTypes::calendar);

	private static final DateTimeFormatter ANY = new DateTimeFormatterBuilder().append(DateTimeFormatter.ISO_LOCAL_DATE)
		.optionalStart()
		.appendLiteral('T')
		.append(DateTimeFormatter.ISO_LOCAL_TIME)
		.optionalStart()
		.appendOffsetId()
		.toFormatter();

	private OlderDateTypes() {
	}

	/**
	 * Whether values of a type are written by {@link JavaValues}.
	 */
	static boolean isWritten(Class<?> type) {
		return Date.class.isAssignableFrom(type) || Calendar.class.isAssignableFrom(type);
	}

	/**
	 * Whether {@link #read} makes values of a type.
	 */
	static boolean isRead(Class<?> type) {
		return BY_MILLIS.containsKey(type) || type == Time.class;
	}

	/**
	 * Reads a text of PostgreSQL.
	 * @return the value, or nothing if the text has another form
	 * @throws IllegalArgumentException if the type has no such value
	 */
	static Optional<Object> read(String text, Class<?> type) {
		LongFunction<Object> byMillis = BY_MILLIS.get(type);
		try {
			if (byMillis == null) {
				return Optional.of(Time.valueOf(LocalTime.parse(text)));
			}
			if (text.equals(DateTimes.INFINITY) || text.equals(DateTimes.MINUS_INFINITY)) {
				return Optional.of(byMillis.apply(text.equals(DateTimes.INFINITY) ? INFINITY : MINUS_INFINITY));
			}
			return Optional.of(value(moment(DateTimes.iso(text)), type));
		}
		catch (DateTimeParseException ex) {
			return Optional.empty();
		}
	}

	private static Object value(ZonedDateTime moment, Class<?> type) {
		if (type == java.sql.Date.class) {
			return sqlDate(moment.toLocalDate());
		}
		if (type == Timestamp.class) {
			return Timestamp.from(moment.toInstant());
		}
		return (type == Date.class) ? Date.from(moment.toInstant()) : GregorianCalendar.from(moment);
	}

	private static java.sql.Date sqlDate(LocalDate date) {
		if (date.getYear() < 1) {
			throw new IllegalArgumentException(
					"java.sql.Date shows years before the first without their era. Use LocalDate");
		}
		return java.sql.Date.valueOf(date);
	}

	private static Calendar calendar(long millis) {
		Calendar calendar = new GregorianCalendar();
		calendar.setTimeInMillis(millis);
		return calendar;
	}

	private static ZonedDateTime moment(String text) {
		TemporalAccessor parsed = ANY.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
		if (parsed instanceof OffsetDateTime moment) {
			return moment.atZoneSameInstant(ZoneId.systemDefault());
		}
		LocalDateTime local = (parsed instanceof LocalDate date) ? date.atStartOfDay() : (LocalDateTime) parsed;
		return local.atZone(ZoneId.systemDefault());
	}

}
