package dev.dbpool.postgrest;

import java.util.Set;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.util.TokenBuffer;

/**
 * A row whose columns are left out where they are null. Only the codec knows the columns
 * of a record or bean, so they are left out when it is encoded.
 *
 * @param row a record or bean
 * @param columns the columns that are left out where they are null; all if empty
 */
@JsonSerialize(using = RowWithoutNulls.Serializer.class)
record RowWithoutNulls(Object row, Set<String> columns) {

	/**
	 * The row has values, which belong in no log.
	 */
	@Override
	public String toString() {
		return this.row.getClass().getName();
	}

	static final class Serializer extends StdSerializer<RowWithoutNulls> {

		Serializer() {
			super(RowWithoutNulls.class);
		}

		@Override
		public void serialize(RowWithoutNulls value, JsonGenerator generator, SerializationContext context) {
			TokenBuffer buffer = context.bufferForValueConversion();
			context.writeValue(buffer, value.row());
			JsonParser encoded = buffer.asParser(ObjectReadContext.empty());
			if (encoded.nextToken() != JsonToken.START_OBJECT) {
				generator.copyCurrentStructure(encoded);
				return;
			}
			generator.writeStartObject();
			while (encoded.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = encoded.currentName();
				boolean omissible = value.columns().isEmpty() || value.columns().contains(name);
				if (encoded.nextToken() != JsonToken.VALUE_NULL || !omissible) {
					generator.writeName(name);
					generator.copyCurrentStructure(encoded);
				}
			}
			generator.writeEndObject();
		}

	}

}
