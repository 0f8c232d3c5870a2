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
			throw new IllegalArgumentException("'" + operator + "' is no operator of PostgREST");
		}
		if (value == null) {
			throw new IllegalArgumentException(
					"The value to compare '" + column + "' with is null: ask by isNull or isNotNull");
		}
		return switch (operator) {
			case "in" -> Condition.literal(column, operator, Literals.list(collection(value)));
			case "is" -> Condition.literal(column, operator, truth(value));
			default -> Condition.compare(column, operator, Literals.text(value));
		};
	}

	private static Collection<?> collection(Object value) {
		if (value instanceof Collection<?> collection) {
			return collection;
		}
		throw new IllegalArgumentException("The operator 'in' needs a collection of values");
	}

	private static String truth(Object value) {
		String text = value.toString().toLowerCase(Locale.ROOT);
		if (!TRUTH.contains(text)) {
			throw new IllegalArgumentException("The operator 'is' knows the values " + TRUTH);
		}
		return text;
	}

}
