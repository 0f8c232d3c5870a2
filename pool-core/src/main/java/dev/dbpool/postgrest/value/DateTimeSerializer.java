package dev.dbpool.postgrest.value;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes dates and times as PostgreSQL reads them, whatever the mapper does with them. A
 * property with a format of its own keeps it.
 */
final class DateTimeSerializer extends StdSerializer<Object> {

	private final ValueSerializer<Object> delegate;

	@SuppressWarnings("unchecked")
	DateTimeSerializer(ValueSerializer<?> delegate) {
		super(Object.class);
		this.delegate = (ValueSerializer<Object>) delegate;
	}

	@Override
	public ValueSerializer<?> createContextual(SerializationContext context, @Nullable BeanProperty property) {
		JsonFormat.Value format = (property != null) ? property.findFormatOverrides(context.getConfig()) : null;
		return (format != null && (format.hasPattern() || format.hasShape()))
				? context.handleSecondaryContextualization(this.delegate, property) : this;
	}

	@Override
	public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
		generator.writeString(Literals.text(value));
	}

	@Override
	public void serializeWithType(Object value, JsonGenerator generator, SerializationContext context,
			TypeSerializer typeSerializer) {
		this.delegate.serializeWithType(value, generator, context, typeSerializer);
	}

}
