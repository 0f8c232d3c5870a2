package dev.dbpool.postgrest.value;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes a range as the text that PostgreSQL reads.
 */
final class RangeSerializer extends StdSerializer<Range<?>> {

	RangeSerializer() {
		super(Range.class);
	}

	@Override
	public void serialize(Range<?> range, JsonGenerator generator, SerializationContext context) {
		generator.writeString(range.toString());
	}

}
