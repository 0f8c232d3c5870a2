package dev.dbpool.postgrest.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;

/**
 * A row without a type of its own: names and values, read-only, in the order of the
 * answer. No number loses a digit: whole numbers are {@code Integer}, {@code Long} or
 * {@code BigInteger}, others {@code BigDecimal}. JSON objects are maps, arrays are lists;
 * everything else that PostgREST sends, times among them, is a {@code String}.
 * <p>
 * The getters throw a {@link NoSuchElementException} when the column was not selected or
 * has no value, and an {@link IllegalArgumentException} when its value is of another
 * kind. Use {@link #find(String)} for columns that may have no value.
 */
@JsonDeserialize(using = RowDeserializer.class)
@JsonSerialize(using = RowSerializer.class)
public final class Row {

	private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

	private final Map<String, @Nullable Object> values;

	private Row(Map<String, @Nullable Object> values) {
		this.values = values;
	}

	/**
	 * A row of some values.
	 * @param values names and values
	 * @return the row
	 */
	public static Row of(Map<String, ? extends @Nullable Object> values) {
		return new Row(Collections.unmodifiableMap(new LinkedHashMap<>(values)));
	}

	/**
	 * The names of the columns.
	 * @return the names
	 */
	public Set<String> columns() {
		return this.values.keySet();
	}

	/**
	 * The value of a column.
	 * @param column its name
	 * @return the value, or empty when it is null
	 * @throws NoSuchElementException when there is no such column
	 */
	public Optional<Object> find(String column) {
		if (!this.values.containsKey(column)) {
			throw new NoSuchElementException("There is no column '" + column + "', only " + columns());
		}
		return Optional.ofNullable(this.values.get(column));
	}

	/**
	 * Whether a column has no value.
	 * @param column its name
	 * @return whether it is null
	 * @throws NoSuchElementException when there is no such column
	 */
	public boolean isNull(String column) {
		return find(column).isEmpty();
	}

	/**
	 * The value of a column.
	 * @param column its name
	 * @return the value
	 */
	public Object get(String column) {
		return find(column)
			.orElseThrow(() -> new NoSuchElementException("The column '" + column + "' is null: ask by find"));
	}

	/**
	 * The value as text: a number or boolean as JSON writes it.
	 * @param column its name
	 * @return the text
	 */
	public String getString(String column) {
		Object value = get(column);
		return (value instanceof BigDecimal decimal) ? decimal.toPlainString() : scalar(column, value).toString();
	}

	/**
	 * The value as an {@code int}.
	 * @param column its name
	 * @return the number
	 */
	public int getInt(String column) {
		return exactly(column, "int", BigDecimal::intValueExact);
	}

	/**
	 * The value as a {@code long}.
	 * @param column its name
	 * @return the number
	 */
	public long getLong(String column) {
		return exactly(column, "long", BigDecimal::longValueExact);
	}

	/**
	 * The value as a {@code double}, to its precision. What is no number in JSON comes as
	 * text, and is read here, too: {@code NaN}, {@code Infinity}, {@code -Infinity}.
	 * @param column its name
	 * @return the number
	 */
	public double getDouble(String column) {
		Object value = get(column);
		return NOT_FINITE.contains(value) ? Double.parseDouble(value.toString()) : getBigDecimal(column).doubleValue();
	}

	/**
	 * The value as a decimal, exact.
	 * @param column its name
	 * @return the number
	 */
	public BigDecimal getBigDecimal(String column) {
		return exactly(column, "number", (number) -> number);
	}

	/**
	 * The value as a boolean.
	 * @param column its name
	 * @return the boolean
	 */
	public boolean getBoolean(String column) {
		if (get(column) instanceof Boolean value) {
			return value;
		}
		throw unfit(column, "boolean", null);
	}

	/**
	 * The value as a UUID.
	 * @param column its name
	 * @return the UUID
	 */
	public UUID getUuid(String column) {
		try {
			return UUID.fromString(getString(column));
		}
		catch (IllegalArgumentException ex) {
			throw unfit(column, "UUID", ex);
		}
	}

	/**
	 * The value as a date.
	 * @param column its name
	 * @return the date
	 */
	public LocalDate getLocalDate(String column) {
		return get(column, LocalDate.class);
	}

	/**
	 * The value as a time of day.
	 * @param column its name
	 * @return the time
	 */
	public LocalTime getLocalTime(String column) {
		return get(column, LocalTime.class);
	}

	/**
	 * The value of a {@code timestamp} as a date with a time.
	 * @param column its name
	 * @return the date and time
	 */
	public LocalDateTime getLocalDateTime(String column) {
		return get(column, LocalDateTime.class);
	}

	/**
	 * The value of a {@code timestamptz} as a date with a time and an offset.
	 * @param column its name
	 * @return the date, time and offset
	 */
	public OffsetDateTime getOffsetDateTime(String column) {
		return get(column, OffsetDateTime.class);
	}

	/**
	 * The value of a {@code timestamptz} as a point in time.
	 * @param column its name
	 * @return the point in time
	 */
	public Instant getInstant(String column) {
		return get(column, Instant.class);
	}

	/**
	 * The value of an array, or of a list in JSON.
	 * @param <T> the type of an element
	 * @param column its name
	 * @param type the type of an element
	 * @return the elements, those that are null as {@code null}
	 */
	public <T> List<@Nullable T> getList(String column, Class<T> type) {
		return convert(column, get(column), ResolvableType.forClassWithGenerics(List.class, type));
	}

	/**
	 * The value as a JSON tree, exact.
	 * @param column its name
	 * @return the tree
	 */
	public JsonNode getJson(String column) {
		return Json.tree(get(column));
	}

	/**
	 * The value as a type of its own, as if a record had a component of that type: a
	 * {@code Duration}, a {@link Range}, an enum constant, a {@code byte[]}, a record.
	 * @param <T> the type
	 * @param column its name
	 * @param type the type
	 * @return the value
	 */
	public <T> T get(String column, Class<T> type) {
		return convert(column, get(column), ResolvableType.forClass(type));
	}

	/**
	 * The value as a type of its own, as if a record had a component of that type.
	 * @param <T> the type
	 * @param column its name
	 * @param type the type
	 * @return the value
	 */
	public <T> T get(String column, ParameterizedTypeReference<T> type) {
		return convert(column, get(column), ResolvableType.forType(type));
	}

	/**
	 * The value as a type of its own, as if a record had a component of that type.
	 * @param <T> the type
	 * @param column its name
	 * @param type the type
	 * @return the value, or empty when it is null
	 */
	public <T> Optional<T> find(String column, Class<T> type) {
		return find(column).map((value) -> convert(column, value, ResolvableType.forClass(type)));
	}

	private static <T> T convert(String column, Object value, ResolvableType type) {
		try {
			return Json.convert(value, type);
		}
		catch (JacksonException ex) {
			String reason = StorableText.printable(ex.getOriginalMessage());
			String printable = reason.replaceAll("\\p{Cntrl}", " ");
			// the message of the cause quotes the value, which need not be fit for a log
			throw unfit(column, type + ": " + printable, printable.equals(reason) ? ex : null);
		}
	}

	/**
	 * The row as a map.
	 * @return the map, read-only
	 */
	public Map<String, @Nullable Object> asMap() {
		return this.values;
	}

	private <N> N exactly(String column, String kind, Function<BigDecimal, N> conversion) {
		try {
			return conversion.apply(number(get(column)));
		}
		catch (ArithmeticException | NumberFormatException ex) {
			throw unfit(column, kind, ex);
		}
	}

	private static BigDecimal number(Object value) {
		if (value instanceof BigDecimal decimal) {
			return decimal;
		}
		if (value instanceof BigInteger integer) {
			return new BigDecimal(integer);
		}
		return new BigDecimal(value.toString());
	}

	private static Object scalar(String column, Object value) {
		if (value instanceof Map<?, ?> || value instanceof Iterable<?>) {
			throw unfit(column, "scalar", null);
		}
		return value;
	}

	private static IllegalArgumentException unfit(String column, String kind, @Nullable Throwable cause) {
		return new IllegalArgumentException("The value of the column '" + column + "' is no " + kind, cause);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Row row && this.values.equals(row.values);
	}

	@Override
	public int hashCode() {
		return this.values.hashCode();
	}

	@Override
	public String toString() {
		return "Row" + this.values;
	}

}
