package dev.dbpool.client;

import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.type.TypeFactory;
import tools.jackson.databind.util.TokenBuffer;

/**
 * A row together with its columns as they were sent, so that its key is known whether or
 * not its type has the column.
 *
 * @param <T> the type of the row
 */
@JsonDeserialize(using = KeyedRow.Deserializer.class)
final class KeyedRow<T> {

	private final TokenBuffer columns;

	private final T row;

	private KeyedRow(TokenBuffer columns, T row) {
		this.columns = columns;
		this.row = row;
	}

	/**
	 * Returns the row.
	 * @return the row
	 */
	T row() {
		return this.row;
	}

	/**
	 * Returns the text of a scalar column, as JSON writes it without quotes.
	 * @param column the name of the column
	 * @return the text; empty if there is no such column, or it is null or structured
	 */
	Optional<String> text(String column) {
		try (JsonParser parser = this.columns.asParser(ObjectReadContext.empty())) {
			parser.nextToken();
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				boolean wanted = parser.currentName().equals(column);
				JsonToken value = parser.nextToken();
				if (wanted) {
					return (value.isScalarValue() && value != JsonToken.VALUE_NULL) ? Optional.of(parser.getString())
							: Optional.empty();
				}
				parser.skipChildren();
			}
			return Optional.empty();
		}
	}

	static final class Deserializer extends StdDeserializer<KeyedRow<?>> {

		private final JavaType type;

		Deserializer() {
			this(TypeFactory.unknownType());
		}

		private Deserializer(JavaType type) {
			super(KeyedRow.class);
			this.type = type;
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
			return new Deserializer(Objects.requireNonNull(context.getContextualType()).containedTypeOrUnknown(0));
		}

		@Override
		public KeyedRow<?> deserialize(JsonParser parser, DeserializationContext context) {
			if (parser.currentToken() != JsonToken.START_OBJECT) {
				return (KeyedRow<?>) context.handleUnexpectedToken(KeyedRow.class, parser);
			}
			TokenBuffer columns = context.bufferForInputBuffering(parser);
			columns.copyCurrentStructure(parser);
			JsonParser row = columns.asParserOnFirstToken(context);
			return new KeyedRow<>(columns, context.findRootValueDeserializer(this.type).deserialize(row, context));
		}

	}

}
