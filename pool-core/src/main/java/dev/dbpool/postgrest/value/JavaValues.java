package dev.dbpool.postgrest.value;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

/**
 * Values of Java's older date types, and optional ones, as those that PostgreSQL's types
 * have a counterpart for. A {@code java.util.Date} is a point in time: it gets the offset
 * of the JVM's time zone, as JDBC does it, so that a {@code timestamptz} keeps the point
 * in time, and a {@code timestamp} or {@code date} has what a clock shows here.
 */
public final class JavaValues {

	private JavaValues() {
	}

	/**
	 * The value as it is sent: what is in an optional one, or {@code null}.
	 * @param value the value
	 * @return what is sent
	 */
	public static @Nullable Object plain(@Nullable Object value) {
		if (value instanceof Optional<?> optional) {
			return plain(optional.orElse(null));
		}
		if (value instanceof OptionalInt optional) {
			return optional.isPresent() ? optional.getAsInt() : null;
		}
		if (value instanceof OptionalLong optional) {
			return optional.isPresent() ? optional.getAsLong() : null;
		}
		if (value instanceof OptionalDouble optional) {
			return optional.isPresent() ? optional.getAsDouble() : null;
		}
		return (value instanceof Date || value instanceof Calendar) ? dateTime(value) : value;
	}

	/**
	 * The date that is shown, with its era, which {@code toLocalDate} leaves out.
	 */
	private static LocalDate localDate(java.sql.Date date) {
		Calendar calendar = new GregorianCalendar();
		calendar.setTime(date);
		return (calendar.get(Calendar.ERA) == GregorianCalendar.BC)
				? date.toLocalDate().withYear(1 - calendar.get(Calendar.YEAR)) : date.toLocalDate();
	}

	private static Object dateTime(Object value) {
		long millis = (value instanceof Date date) ? date.getTime() : ((Calendar) value).getTimeInMillis();
		if (millis == OlderDateTypes.INFINITY || millis == OlderDateTypes.MINUS_INFINITY) {
			return (millis > 0) ? OffsetDateTime.MAX : OffsetDateTime.MIN;
		}
		if (value instanceof java.sql.Date date) {
			return localDate(date);
		}
		if (value instanceof java.sql.Time time) {
			return time.toLocalTime();
		}
		if (value instanceof Calendar calendar) {
			return calendar.toInstant().atZone(calendar.getTimeZone().toZoneId()).toOffsetDateTime();
		}
		return ((Date) value).toInstant().atZone(ZoneId.systemDefault()).toOffsetDateTime();
	}

}
