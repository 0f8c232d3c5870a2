package dev.dbpool.postgrest.value;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes a row as the object that it was, so that it can be sent back.
 */
final class RowSerializer extends StdSerializer<Row> {

	RowSerializer() {
		super(Row.class);
	}

	@Override
	public void serialize(Row row, JsonGenerator generator, SerializationContext context) {
		context.writeValue(generator, row.asMap());
	}

}
