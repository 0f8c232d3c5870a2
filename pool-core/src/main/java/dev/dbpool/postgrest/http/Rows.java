package dev.dbpool.postgrest.http;

import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.postgrest.value.Range;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.deser.std.StdDeserializer;

import org.springframework.beans.BeanUtils;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.DecodingException;

/**
 * The rows of an answer, nulls among them, and how they are read. A row of one column may
 * be read as the value in it, where the type is one of values.
 *
 * @param <T> the type of a row
 * @param list the rows, nulls among them
 * @param isArray whether the answer was an array
 */
@JsonDeserialize(using = Rows.Deserializer.class)
record Rows<T>(List<T> list, boolean isArray) {

	/**
	 * Whether the answer was {@code null} instead of an array.
	 */
	boolean isAbsent() {
		return !this.isArray && this.list.get(0) == null;
	}

	/**
	 * One row, or one value.
	 *
	 * @param <T> the type of the row
	 * @param value the row, or {@code null}
	 */
	@JsonDeserialize(using = Rows.Deserializer.OfOne.class)
	record One<T>(@Nullable T value) {

		/**
		 * Returns the row.
		 * @param index its index in the answer, from 0
		 * @throws DecodingException if it is null
		 */
		T value(ResolvableType type, long index) {
			if (this.value == null) {
				throw new DecodingException("row " + (index + 1) + " is null, which is no "
						+ type.toClass().getSimpleName() + ". Read the rows by list(…), which keeps nulls");
			}
			return this.value;
		}

	}

	/**
	 * Reads rows by the deserializer of their type.
	 */
	static final class Deserializer extends StdDeserializer<Rows<?>> {

		private final @Nullable RowType type;

		Deserializer() {
			this(null);
		}

		private Deserializer(@Nullable RowType type) {
			super(Rows.class);
			this.type = type;
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
			return new Deserializer(RowType.of(context));
		}

		@Override
		public Rows<?> deserialize(JsonParser parser, DeserializationContext context) {
			RowReader rows = new RowReader(Objects.requireNonNull(this.type), context);
			if (parser.currentToken() != JsonToken.START_ARRAY) {
				return new Rows<>(Collections.singletonList(rows.read(parser)), false);
			}
			List<@Nullable Object> list = new ArrayList<>();
			while (parser.nextToken() != JsonToken.END_ARRAY) {
				try {
					list.add(rows.read(parser));
				}
				catch (JacksonException ex) {
					throw ex.prependPath(list, list.size());
				}
			}
			return new Rows<>(list, true);
		}

		@Override
		public Object getNullValue(DeserializationContext context) {
			return new Rows<>(Collections.singletonList(null), false);
		}

		/**
		 * Reads one row.
		 */
		static final class OfOne extends StdDeserializer<Rows.One<?>> {

			private final @Nullable RowType type;

			OfOne() {
				this(null);
			}

			private OfOne(@Nullable RowType type) {
				super(Rows.One.class);
				this.type = type;
			}

			@Override
			public ValueDeserializer<?> createContextual(DeserializationContext context,
					@Nullable BeanProperty property) {
				return new OfOne(RowType.of(context));
			}

			@Override
			public Rows.One<?> deserialize(JsonParser parser, DeserializationContext context) {
				return new Rows.One<>(new RowReader(Objects.requireNonNull(this.type), context).read(parser));
			}

			@Override
			public Object getNullValue(DeserializationContext context) {
				return new Rows.One<>(new RowReader(Objects.requireNonNull(this.type), context).nullValue());
			}

		}

		/**
		 * How rows of one type are read. Found once for each type, since Jackson prepares
		 * the deserializer of a bean anew each time that it is asked for it.
		 *
		 * @param type the type
		 * @param isValue whether a row of one column may be read as the value in it
		 * @param deserializer reads a row
		 */
		private record RowType(JavaType type, boolean isValue, ValueDeserializer<Object> deserializer) {

			static RowType of(DeserializationContext context) {
				JavaType type = Objects.requireNonNull(context.getContextualType()).containedTypeOrUnknown(0);
				return new RowType(type, isValue(type.getRawClass()), context.findRootValueDeserializer(type));
			}

			private static boolean isValue(Class<?> type) {
				return BeanUtils.isSimpleValueType(type) || type.isArray() || Collection.class.isAssignableFrom(type)
						|| TemporalAmount.class.isAssignableFrom(type) || type == Range.class;
			}

		}

		/**
		 * Reads the rows of one answer.
		 */
		private static final class RowReader {

			private final JavaType type;

			private final boolean isValue;

			private final DeserializationContext context;

			private final ValueDeserializer<Object> deserializer;

			private final @Nullable ColumnCheck check;

			RowReader(RowType type, DeserializationContext context) {
				this.type = type.type();
				this.isValue = type.isValue();
				this.context = context;
				this.deserializer = type.deserializer();
				this.check = (ColumnCheck) context.getAttribute(ColumnCheck.HINT);
			}

			@Nullable Object nullValue() {
				return this.deserializer.getNullValue(this.context);
			}

			@Nullable Object read(JsonParser parser) {
				if (this.isValue && parser.currentToken() == JsonToken.START_OBJECT) {
					return onlyColumn(parser);
				}
				if (this.check != null && this.check.isOpen() && parser.currentToken() == JsonToken.START_OBJECT
						&& this.deserializer instanceof BeanDeserializerBase bean) {
					return checked(parser, this.check, bean);
				}
				return value(parser);
			}

			private @Nullable Object value(JsonParser parser) {
				return (parser.currentToken() == JsonToken.VALUE_NULL) ? nullValue()
						: this.deserializer.deserialize(parser, this.context);
			}

			private @Nullable Object onlyColumn(JsonParser parser) {
				if (parser.nextToken() == JsonToken.END_OBJECT) {
					return nullValue();
				}
				String column = parser.currentName();
				parser.nextToken();
				Object value;
				try {
					value = value(parser);
				}
				catch (JacksonException ex) {
					throw ex.prependPath(this.type.getRawClass(), column);
				}
				if (parser.nextToken() != JsonToken.END_OBJECT) {
					this.context.reportInputMismatch(this.type,
							"the rows have several columns, '%s' and '%s' among them. Select one column to read it as %s, or read the rows as a record, map or Row",
							column, parser.currentName(), this.type.getRawClass().getSimpleName());
				}
				return value;
			}

			private @Nullable Object checked(JsonParser parser, ColumnCheck check, BeanDeserializerBase bean) {
				JsonNode row = this.context.readTree(parser);
				check.row(bean, row.propertyNames());
				try (JsonParser columns = row.traverse(this.context)) {
					columns.nextToken();
					return bean.deserialize(columns, this.context);
				}
			}

		}

	}

	/**
	 * Reports the components of a type that match no column of any row, once for each
	 * type and request: such a component is null without an error, mostly since its name
	 * is {@code modelName} where the column is {@code model_name}. Only the first answer
	 * with rows is looked at.
	 */
	static final class ColumnCheck {

		static final String HINT = ColumnCheck.class.getName();

		private static final Logger logger = LoggerFactory.getLogger(Rows.class);

		/** Names of tables may come from users, so that there is no end of them. */
		private static final int MOST_KEYS = 1_000;

		private static final Set<Key> DONE = ConcurrentHashMap.newKeySet();

		private static final ColumnCheck NOTHING = new ColumnCheck(new Key("", ""), false);

		private final Key key;

		private final Set<String> columns = new LinkedHashSet<>();

		private @Nullable Set<String> unmatched;

		private boolean open;

		private ColumnCheck(Key key, boolean open) {
			this.key = key;
			this.open = open;
		}

		static ColumnCheck of(ResolvableType type, PostgrestRequest request) {
			Key key = new Key(type.toClass().getName(), request.describe());
			if (DONE.contains(key) || DONE.size() >= MOST_KEYS) {
				return NOTHING;
			}
			String accept = request.fields().first("Accept");
			boolean leavesOutNulls = accept != null && accept.contains("nulls=stripped");
			return leavesOutNulls ? NOTHING : new ColumnCheck(key, true);
		}

		/**
		 * Lets a reader check the columns of the rows that it reads, if there is anything
		 * to check.
		 */
		ObjectReader addTo(ObjectReader reader) {
			return this.open ? reader.withAttribute(HINT, this) : reader;
		}

		/**
		 * Whether there is any component left of which no column was seen.
		 */
		boolean isOpen() {
			return this.open;
		}

		/**
		 * Notes the columns of a row.
		 */
		void row(BeanDeserializerBase bean, Collection<String> names) {
			Set<String> left = this.unmatched;
			if (left == null) {
				left = components(bean);
				this.unmatched = left;
			}
			for (String name : names) {
				this.columns.add(name);
				SettableBeanProperty property = bean.findProperty(PropertyName.construct(name));
				left.remove((property != null) ? property.getName() : name);
			}
			if (left.isEmpty()) {
				this.open = false;
				DONE.add(this.key);
			}
		}

		private static Set<String> components(BeanDeserializerBase bean) {
			Set<String> names = new LinkedHashSet<>();
			for (Iterator<SettableBeanProperty> properties = bean.properties(); properties.hasNext();) {
				SettableBeanProperty property = properties.next();
				if (!property.isIgnorable() && !property.isInjectionOnly()) {
					names.add(property.getName());
				}
			}
			return names;
		}

		/**
		 * Notes that there are no more rows.
		 */
		void end() {
			if (this.open && this.unmatched != null && DONE.add(this.key)) {
				logger.warn(
						"{}: {} of {} match(es) no column of the answer, and is null there. The columns are {}. Name a column by @JsonProperty or all of a type by @JsonNaming, or select the column",
						this.key.request(), this.unmatched, this.key.type(),
						ForeignText.printable(this.columns.toString()));
			}
		}

		/**
		 * What is checked a single time.
		 *
		 * @param type the name of the type of a row
		 * @param request describes the request
		 */
		private record Key(String type, String request) {

			/**
			 * Written out, since it is called for each answer and the generated one is
			 * slow.
			 */
			@Override
			public boolean equals(@Nullable Object other) {
				return other instanceof Key key && this.type.equals(key.type) && this.request.equals(key.request);
			}

			@Override
			public int hashCode() {
				return 31 * this.type.hashCode() + this.request.hashCode();
			}

		}

	}

}
