package dev.dbpool.postgrest;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Checks an operator and its value.
 */
final class FilterOperator {

	private static final Pattern SYNTAX = Pattern.compile("[a-z]+(\\([A-Za-z0-9_ $]+\\))?");

	private static final Set<String> TRUTH = Set.of("null", "not_null", "true", "false", "unknown");

	private FilterOperator() {
	}

	static Condition condition(String column, String operator, @Nullable Object value) {
		if (!SYNTAX.matcher(operator).matches()) {
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
			default -> Condition.compare(column, operator, Literals.text(value));
		};
	}

	/**
	 * A comparison with several patterns at once.
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

}
