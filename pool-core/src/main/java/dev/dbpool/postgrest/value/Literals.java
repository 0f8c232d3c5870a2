package dev.dbpool.postgrest.value;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Period;
import java.time.temporal.Temporal;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.util.ObjectUtils;

/**
 * Java values as the text that PostgreSQL reads, exact: no digit is lost.
 */
public final class Literals {

	private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_+-][A-Za-z0-9_+.:-]*");

	private Literals() {
	}

	/**
	 * The text of a value that goes with a name.
	 * @param value the value
	 * @param kind what the value is, for messages
	 * @param name the name
	 * @return the text
	 * @throws IllegalArgumentException when PostgreSQL has no such text
	 */
	public static String text(Object value, String kind, String name) {
		try {
			return StorableText.require(text(value), kind, name);
		}
		catch (UnstorableTextException ex) {
			throw ex.in(kind, name);
		}
	}

	static String text(Object value) {
		if (value instanceof CharSequence || value instanceof Character || value instanceof Boolean
				|| value instanceof UUID || value instanceof Duration || value instanceof Period) {
			return value.toString();
		}
		if (value instanceof Enum<?> constant) {
			return EnumNames.of(constant);
		}
		if (value instanceof BigDecimal decimal) {
			return decimal.toPlainString();
		}
		if (value instanceof Number) {
			return value.toString();
		}
		if (value instanceof Temporal dateTime) {
			return DateTimes.text(dateTime);
		}
		if (value instanceof byte[] bytes) {
			return "\\x" + HexFormat.of().formatHex(bytes);
		}
		if (value instanceof Object[] array) {
			return array(Arrays.asList(array));
		}
		if (value instanceof Collection<?> collection) {
			return array(collection);
		}
		if (value instanceof PgArray array) {
			return array(array.elements());
		}
		if (value instanceof Map<?, ?> || value instanceof Row || value instanceof JsonNode) {
			return Json.write(value);
		}
		if (value instanceof Range<?>) {
			return value.toString();
		}
		if (isPrimitiveArray(value)) {
			return array(Arrays.asList(ObjectUtils.toObjectArray(value)));
		}
		Object plain = JavaValues.plain(value);
		if (plain != null && plain != value) {
			return text(plain);
		}
		throw new IllegalArgumentException((plain == null) ? "An empty Optional is no value" : "A value of type "
				+ value.getClass().getName() + " has no known text in PostgreSQL: pass that text as a string");
	}

	/**
	 * Whether a value is written as an array of PostgreSQL.
	 * @param value the value
	 * @return whether it is a list of elements
	 */
	public static boolean isList(Object value) {
		return value instanceof Collection<?> || value instanceof Object[] || value instanceof PgArray
				|| (isPrimitiveArray(value) && !(value instanceof byte[]));
	}

	private static boolean isPrimitiveArray(Object value) {
		return value.getClass().isArray() && !(value instanceof char[]);
	}

	/**
	 * The values of variable arguments, where an array of numbers counts as one argument
	 * for Java.
	 * @param values the arguments
	 * @return the values
	 */
	public static List<?> elements(Object... values) {
		boolean wrapped = values.length == 1 && values[0] != null && values[0].getClass().isArray()
				&& values[0].getClass().getComponentType().isPrimitive()
				&& !(values[0] instanceof byte[] || values[0] instanceof char[]);
		return Arrays.asList(wrapped ? ObjectUtils.toObjectArray(values[0]) : values);
	}

	private static String array(Collection<?> elements) {
		return elements.stream().map(Literals::element).collect(Collectors.joining(",", "{", "}"));
	}

	static String element(@Nullable Object value) {
		Object element = JavaValues.plain(value);
		if (element == null) {
			return "NULL";
		}
		if (element instanceof Collection<?> || element instanceof Object[] || element instanceof PgArray) {
			return text(element);
		}
		if (isPrimitiveArray(element) && !(element instanceof byte[])) {
			return text(element);
		}
		String text = text(element);
		return (PLAIN.matcher(text).matches() && !text.equalsIgnoreCase("null")) ? text : Names.quote(text);
	}

	/**
	 * A value inside a list or a logic tree, where commas and parentheses have a meaning.
	 * @param text the text of the value
	 * @return the text, quoted where it needs it
	 */
	public static String nested(String text) {
		return PLAIN.matcher(text).matches() ? text : Names.quote(text);
	}

	/**
	 * Values as the operand of {@code in}.
	 * @param column the column that they are compared with, for messages
	 * @param values the values
	 * @return the text of the list
	 * @throws IllegalArgumentException if one is null, or PostgreSQL has no text for it
	 */
	public static String list(String column, Collection<?> values) {
		List<String> texts = values.stream().map(JavaValues::plain).map((value) -> {
			if (value == null) {
				throw new IllegalArgumentException("The list of values for '" + column
						+ "' has null in it, which equals nothing: leave it out, and ask for it by isNull");
			}
			return text(value, "value for the column", column);
		}).toList();
		if (texts.equals(List.of(""))) {
			// PostgREST takes a list of one empty text for an empty list
			return "(\"\",\"\")";
		}
		return texts.stream().map(Literals::nested).collect(Collectors.joining(",", "(", ")"));
	}

}
