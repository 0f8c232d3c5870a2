package dev.dbpool.postgrest.value;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Period;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/**
 * Intervals as PostgreSQL writes them, such as {@code 1 year 2 mons -3 days 04:05:06.7}.
 * Months and years are no durations, and hours are no period: an interval that has both
 * fits neither type.
 */
final class Intervals {

	private static final Pattern INTERVAL = Pattern
		.compile("(?:([+-]?\\d+) years? ?)?(?:([+-]?\\d+) mons? ?)?(?:([+-]?\\d+) days? ?)?"
				+ "(?:([+-]?)(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?))?");

	private Intervals() {
	}

	static void addTo(SimpleModule module) {
		module.addSerializer(Duration.class, new ToStringSerializer(Duration.class))
			.addDeserializer(Duration.class, new DurationDeserializer())
			.addSerializer(Period.class, new ToStringSerializer(Period.class))
			.addDeserializer(Period.class, new PeriodDeserializer());
	}

	private static Duration duration(String text) {
		Matcher interval = INTERVAL.matcher(text);
		if (text.isBlank() || !interval.matches()) {
			return Duration.parse(text);
		}
		if (number(interval.group(1)) != 0 || number(interval.group(2)) != 0) {
			throw new DateTimeException("it has months or years");
		}
		return Duration.ofDays(number(interval.group(3))).plus(time(interval));
	}

	private static Period period(String text) {
		Matcher interval = INTERVAL.matcher(text);
		if (text.isBlank() || !interval.matches()) {
			return Period.parse(text);
		}
		if (!time(interval).isZero()) {
			throw new DateTimeException("it has hours, minutes or seconds");
		}
		return Period.of(number(interval.group(1)), number(interval.group(2)), number(interval.group(3)));
	}

	private static Duration time(Matcher interval) {
		if (interval.group(5) == null) {
			return Duration.ZERO;
		}
		Duration time = Duration
			.parse("PT" + interval.group(5) + "H" + interval.group(6) + "M" + interval.group(7) + "S");
		return interval.group(4).equals("-") ? time.negated() : time;
	}

	private static int number(@Nullable String text) {
		return (text != null) ? Integer.parseInt(text) : 0;
	}

	private static final class DurationDeserializer extends StdDeserializer<Duration> {

		private DurationDeserializer() {
			super(Duration.class);
		}

		@Override
		public Duration deserialize(JsonParser parser, DeserializationContext context) {
			String text = parser.getString();
			if (text == null) {
				return (Duration) context.handleUnexpectedToken(Duration.class, parser);
			}
			try {
				return duration(text);
			}
			catch (DateTimeException | ArithmeticException ex) {
				return (Duration) context.handleWeirdStringValue(Duration.class, text,
						"it is no interval of days, hours, minutes and seconds");
			}
		}

	}

	private static final class PeriodDeserializer extends StdDeserializer<Period> {

		private PeriodDeserializer() {
			super(Period.class);
		}

		@Override
		public Period deserialize(JsonParser parser, DeserializationContext context) {
			String text = parser.getString();
			if (text == null) {
				return (Period) context.handleUnexpectedToken(Period.class, parser);
			}
			try {
				return period(text);
			}
			catch (DateTimeException | ArithmeticException ex) {
				return (Period) context.handleWeirdStringValue(Period.class, text,
						"it is no interval of years, months and days");
			}
		}

	}

}
