package dev.dbpool.postgrest;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Java's types in the JSON that PostgREST speaks, where that differs from Jackson's own:
 * bytes are in hexadecimal rather than base 64, and intervals are not in ISO 8601.
 */
final class PostgresTypes {

	private PostgresTypes() {
	}

	/**
	 * Completes a mapper so that values come and go as they are: a null in a map sets a
	 * column or an argument to null, even where the application leaves out properties
	 * without a value.
	 */
	static JsonMapper exact(JsonMapper.Builder mapper) {
		return WireSettings.apply(mapper).addModule(module()).build();
	}

	private static SimpleModule module() {
		return new SimpleModule(PostgresTypes.class.getName()).addSerializer(byte[].class, new BytesSerializer())
			.addDeserializer(byte[].class, new BytesDeserializer())
			.addSerializer(Duration.class, new IntervalSerializer())
			.addDeserializer(Duration.class, new IntervalDeserializer());
	}

	private static final class BytesSerializer extends StdSerializer<byte[]> {

		private BytesSerializer() {
			super(byte[].class);
		}

		@Override
		public void serialize(byte[] bytes, JsonGenerator generator, SerializationContext context) {
			generator.writeString(Literals.text(bytes));
		}

	}

	/**
	 * Reads what is not in hexadecimal as Jackson would.
	 */
	private static final class BytesDeserializer extends StdDeserializer<byte[]> {

		private BytesDeserializer() {
			super(byte[].class);
		}

		@Override
		public byte[] deserialize(JsonParser parser, DeserializationContext context) {
			String text = parser.getString();
			if (text == null || !text.startsWith("\\x")) {
				return parser.getBinaryValue(context.getBase64Variant());
			}
			try {
				return HexFormat.of().parseHex(text, 2, text.length());
			}
			catch (IllegalArgumentException ex) {
				return (byte[]) context.handleWeirdStringValue(byte[].class, text, "it is no bytea of PostgreSQL");
			}
		}

	}

	private static final class IntervalSerializer extends StdSerializer<Duration> {

		private IntervalSerializer() {
			super(Duration.class);
		}

		@Override
		public void serialize(Duration duration, JsonGenerator generator, SerializationContext context) {
			generator.writeString(duration.toString());
		}

	}

	/**
	 * Reads intervals of days and less, such as {@code 1 day -02:03:04.5}. Months and
	 * years are no durations.
	 */
	private static final class IntervalDeserializer extends StdDeserializer<Duration> {

		private static final Pattern INTERVAL = Pattern
			.compile("(?:([+-]?\\d+) days?)? ?(?:([+-]?)(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?))?");

		private IntervalDeserializer() {
			super(Duration.class);
		}

		@Override
		public Duration deserialize(JsonParser parser, DeserializationContext context) {
			String text = parser.getString();
			if (text == null) {
				return (Duration) context.handleUnexpectedToken(Duration.class, parser);
			}
			Matcher interval = INTERVAL.matcher(text);
			if (text.isBlank() || !interval.matches()) {
				return isoDuration(text, context);
			}
			Duration days = Duration.ofDays((interval.group(1) != null) ? Long.parseLong(interval.group(1)) : 0);
			if (interval.group(3) == null) {
				return days;
			}
			Duration time = Duration
				.parse("PT" + interval.group(3) + "H" + interval.group(4) + "M" + interval.group(5) + "S");
			return interval.group(2).equals("-") ? days.minus(time) : days.plus(time);
		}

		private static Duration isoDuration(String text, DeserializationContext context) {
			try {
				return Duration.parse(text);
			}
			catch (DateTimeParseException ex) {
				return (Duration) context.handleWeirdStringValue(Duration.class, text,
						"it is no interval of days, hours, minutes and seconds");
			}
		}

	}

}
