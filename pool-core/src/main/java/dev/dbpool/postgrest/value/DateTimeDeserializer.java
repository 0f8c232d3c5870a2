package dev.dbpool.postgrest.value;

import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.node.StringNode;

/**
 * Reads dates and times as PostgreSQL writes them, by the deserializer of their type. A
 * property with a format of its own keeps it.
 */
final class DateTimeDeserializer extends DelegatingDeserializer {

	DateTimeDeserializer(ValueDeserializer<?> delegate) {
		super(delegate);
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new DateTimeDeserializer(delegate);
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
		ValueDeserializer<?> contextual = super.createContextual(context, property);
		JsonFormat.Value format = (property != null) ? property.findFormatOverrides(context.getConfig()) : null;
		return (format != null && format.hasPattern() && contextual instanceof DateTimeDeserializer own)
				? own.getDelegatee() : contextual;
	}

	@Override
	@Nullable public Object deserialize(JsonParser parser, DeserializationContext context) {
		if (!parser.hasToken(JsonToken.VALUE_STRING)) {
			return super.deserialize(parser, context);
		}
		String text = parser.getString();
		Class<?> type = handledType();
		try {
			Optional<?> known = OlderDateTypes.isRead(type) ? OlderDateTypes.read(text, type)
					: DateTimes.beyondIso(text, type);
			if (known.isPresent()) {
				return known.get();
			}
		}
		catch (IllegalArgumentException ex) {
			return context.handleWeirdStringValue(type, text, ex.getMessage());
		}
		String iso = DateTimes.iso(text);
		if (iso.equals(text)) {
			return super.deserialize(parser, context);
		}
		try (JsonParser rewritten = StringNode.valueOf(iso).traverse(context)) {
			rewritten.nextToken();
			return super.deserialize(rewritten, context);
		}
	}

}
