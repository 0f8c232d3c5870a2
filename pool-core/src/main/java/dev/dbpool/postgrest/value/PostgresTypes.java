package dev.dbpool.postgrest.value;

import java.util.HexFormat;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Java's types in the JSON that PostgREST speaks, where that differs from Jackson's own:
 * bytes are in hexadecimal rather than base 64, and dates, times and intervals are as
 * PostgreSQL writes them.
 */
public final class PostgresTypes {

	private PostgresTypes() {
	}

	/**
	 * Completes a mapper so that values come and go as they are: a null in a map sets a
	 * column or an argument to null, even where the application leaves out properties
	 * without a value.
	 * @param mapper the settings of the application's mapper
	 * @return the completed mapper
	 */
	public static JsonMapper exact(JsonMapper.Builder mapper) {
		return WireSettings.apply(mapper).addModule(module()).build();
	}

	private static SimpleModule module() {
		SimpleModule module = new SimpleModule(PostgresTypes.class.getName())
			.addSerializer(byte[].class, new BytesSerializer())
			.addDeserializer(byte[].class, new BytesDeserializer())
			.setSerializerModifier(new DateTimeSerializers())
			.setDeserializerModifier(new DateTimeDeserializers());
		Intervals.addTo(module);
		return module;
	}

	private static final class DateTimeSerializers extends ValueSerializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueSerializer<?> modifySerializer(SerializationConfig config, BeanDescription.Supplier type,
				ValueSerializer<?> serializer) {
			Class<?> written = type.getBeanClass();
			return (DateTimes.TYPES.contains(written) || OlderDateTypes.isWritten(written))
					? new DateTimeSerializer(serializer) : serializer;
		}

	}

	private static final class DateTimeDeserializers extends ValueDeserializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueDeserializer<?> modifyDeserializer(DeserializationConfig config, BeanDescription.Supplier type,
				ValueDeserializer<?> deserializer) {
			Class<?> read = type.getBeanClass();
			return (DateTimes.TYPES.contains(read) || OlderDateTypes.isRead(read))
					? new DateTimeDeserializer(deserializer) : deserializer;
		}

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

}
