package dev.dbpool.postgrest.value;

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
import java.util.function.Function;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Java's older date types in JSON, in both directions: written as {@link JavaValues}
 * says, and read so that they are what was written, whatever the type of the column.
 */
final class OlderDateTypes {

	private static final DateTimeFormatter ANY = new DateTimeFormatterBuilder().append(DateTimeFormatter.ISO_LOCAL_DATE)
		.optionalStart()
		.appendLiteral('T')
		.append(DateTimeFormatter.ISO_LOCAL_TIME)
		.optionalStart()
		.appendOffsetId()
		.toFormatter();

	private OlderDateTypes() {
	}

	static SimpleModule module() {
		SimpleModule module = new SimpleModule(OlderDateTypes.class.getName());
		add(module, Date.class, (text) -> Date.from(moment(text).toInstant()));
		add(module, java.sql.Timestamp.class, (text) -> java.sql.Timestamp.from(moment(text).toInstant()));
		add(module, java.sql.Date.class, (text) -> java.sql.Date.valueOf(moment(text).toLocalDate()));
		add(module, java.sql.Time.class, (text) -> java.sql.Time.valueOf(LocalTime.parse(text)));
		add(module, Calendar.class, (text) -> GregorianCalendar.from(moment(text)));
		add(module, GregorianCalendar.class, (text) -> GregorianCalendar.from(moment(text)));
		return module;
	}

	private static <T> void add(SimpleModule module, Class<T> type, Function<String, T> reader) {
		module.addSerializer(type, new Serializer<>(type));
		module.addDeserializer(type, new Deserializer<>(type, reader));
	}

	private static ZonedDateTime moment(String text) {
		TemporalAccessor parsed = ANY.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
		if (parsed instanceof OffsetDateTime moment) {
			return moment.atZoneSameInstant(ZoneId.systemDefault());
		}
		LocalDateTime local = (parsed instanceof LocalDate date) ? date.atStartOfDay() : (LocalDateTime) parsed;
		return local.atZone(ZoneId.systemDefault());
	}

	private static final class Serializer<T> extends StdSerializer<T> {

		private Serializer(Class<T> type) {
			super(type);
		}

		@Override
		public void serialize(T value, JsonGenerator generator, SerializationContext context) {
			generator.writeString(Literals.text(value));
		}

	}

	private static final class Deserializer<T> extends StdDeserializer<T> {

		private final Function<String, T> reader;

		private Deserializer(Class<T> type, Function<String, T> reader) {
			super(type);
			this.reader = reader;
		}

		@Override
		@SuppressWarnings("unchecked")
		public T deserialize(JsonParser parser, DeserializationContext context) {
			String text = parser.getString();
			try {
				return this.reader.apply(text);
			}
			catch (DateTimeParseException ex) {
				return (T) context.handleWeirdStringValue(handledType(), text, "it is no date or time of PostgreSQL");
			}
		}

	}

}
