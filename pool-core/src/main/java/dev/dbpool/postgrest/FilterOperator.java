package dev.dbpool.postgrest;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.JavaValues;
import dev.dbpool.postgrest.value.Literals;
import dev.dbpool.postgrest.value.PgArray;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ObjectUtils;

/**
 * Checks an operator and its value.
 */
final class FilterOperator {

	private static final Pattern SYNTAX = Pattern.compile("[a-z]+(\\([A-Za-z0-9_ $]+\\))?");

	private static final Set<String> TRUTH = Set.of("null", "not_null", "true", "false", "unknown");

	private FilterOperator() {
	}

	static Condition condition(String column, String operator, @Nullable Object operand) {
		Object value = JavaValues.plain(operand);
		if (!isWord(operator) && !SYNTAX.matcher(operator).matches()) {
			throw new IllegalArgumentException("'" + operator + "' on '" + column
					+ "' is no operator of PostgREST, such as eq, like(any) or fts(english); to negate, use not");
		}
		if (value == null) {
			throw new IllegalArgumentException(
					"The value to compare '" + column + "' with is null: ask by isNull or isNotNull");
		}
		return switch (operator) {
			case "in" -> Condition.in(column, collection(column, value));
			case "is" -> Condition.literal(column, operator, truth(column, value));
			default -> Condition.compare(column, operator, requireUnambiguous(column, value));
		};
	}

	/**
	 * Refuses an empty list, whose text in PostgreSQL is that of an empty JSON object as
	 * well: it would match other rows of a JSON column. Lists with elements are no JSON,
	 * so that the server refuses them there.
	 */
	private static Object requireUnambiguous(String column, Object value) {
		if (!(value instanceof PgArray) && ObjectUtils.isEmpty(value) && Literals.isList(value)) {
			throw new IllegalArgumentException("The list of values for the column '" + column
					+ "' is empty. It would be sent as {}, which is an empty array for an array column, and an empty"
					+ " object for a JSON column. Use PgArray.of() for an array column, or a JsonNode such as"
					+ " JsonNodeFactory.instance.arrayNode() for a JSON column");
		}
		return value;
	}

	/**
	 * A comparison with several patterns.
	 */
	static Condition patterns(String column, String operator, Collection<String> patterns) {
		if (patterns.isEmpty()) {
			throw new IllegalArgumentException("There is no pattern to compare '" + column + "' with");
		}
		return condition(column, operator, patterns);
	}

	private static Collection<?> collection(String column, Object value) {
		if (value instanceof Collection<?> collection) {
			return collection;
		}
		throw new IllegalArgumentException("The operator 'in' on '" + column
				+ "' needs a collection of values, this is one " + value.getClass().getName());
	}

	private static String truth(String column, Object value) {
		String text = value.toString().toLowerCase(Locale.ROOT);
		if (!TRUTH.contains(text)) {
			throw new IllegalArgumentException(
					"The operator 'is' on '" + column + "' knows the values " + TRUTH + ", not '" + text + "'");
		}
		return text;
	}

	private static boolean isWord(String operator) {
		for (int i = 0; i < operator.length(); i++) {
			if (operator.charAt(i) < 'a' || operator.charAt(i) > 'z') {
				return false;
			}
		}
		return !operator.isEmpty();
	}

}
