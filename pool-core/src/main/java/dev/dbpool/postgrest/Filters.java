package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Filters on rows. All of them must hold, unless they stand in a group
 * ({@link #or(UnaryOperator)}, {@link #not(UnaryOperator)}).
 * <p>
 * A <em>column</em> is a name, a column of an embedded resource ({@code owner.name}), or
 * a path into JSON ({@code data->address->>city}). A name that holds a dot or an arrow is
 * written in double quotes; everything else is quoted where it must be.
 * <p>
 * A <em>value</em> is a string, a number, a boolean, a UUID, a {@code java.time} value,
 * an enum constant (its name), a {@code byte[]}, a collection or array (as a PostgreSQL
 * array), or a map (as JSON). No name and no value can change the structure of a request.
 *
 * @param <S> the type that each step returns
 */
public interface Filters<S extends Filters<S>> {

	/**
	 * Adds a condition.
	 * @param condition the condition
	 * @return a new builder
	 */
	S where(Condition condition);

	/**
	 * The column equals a value.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S eq(String column, Object value) {
		return filter(column, "eq", value);
	}

	/**
	 * The column is different from a value. Rows without a value are left out.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S neq(String column, Object value) {
		return filter(column, "neq", value);
	}

	/**
	 * The column is greater than a value.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S gt(String column, Object value) {
		return filter(column, "gt", value);
	}

	/**
	 * The column is greater than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S gte(String column, Object value) {
		return filter(column, "gte", value);
	}

	/**
	 * The column is less than a value.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S lt(String column, Object value) {
		return filter(column, "lt", value);
	}

	/**
	 * The column is less than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return a new builder
	 */
	default S lte(String column, Object value) {
		return filter(column, "lte", value);
	}

	/**
	 * The column matches a pattern, case-sensitively.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 */
	default S like(String column, String pattern) {
		return filter(column, "like", pattern);
	}

	/**
	 * The column matches a pattern, whatever the case.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE; PostgREST takes {@code *} for {@code %}
	 * @return a new builder
	 */
	default S ilike(String column, String pattern) {
		return filter(column, "ilike", pattern);
	}

	/**
	 * The column has no value.
	 * @param column the column
	 * @return a new builder
	 */
	default S isNull(String column) {
		return where(Condition.literal(column, "is", "null"));
	}

	/**
	 * The column has a value.
	 * @param column the column
	 * @return a new builder
	 */
	default S isNotNull(String column) {
		return where(Condition.literal(column, "is", "null").negate());
	}

	/**
	 * The boolean column is true.
	 * @param column the column
	 * @return a new builder
	 */
	default S isTrue(String column) {
		return where(Condition.literal(column, "is", "true"));
	}

	/**
	 * The boolean column is false, and not without a value.
	 * @param column the column
	 * @return a new builder
	 */
	default S isFalse(String column) {
		return where(Condition.literal(column, "is", "false"));
	}

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values, none of them null
	 * @return a new builder
	 */
	default S in(String column, Collection<?> values) {
		return where(Condition.literal(column, "in", Literals.list(values)));
	}

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values, none of them null
	 * @return a new builder
	 */
	default S in(String column, Object... values) {
		return in(column, Arrays.asList(values));
	}

	/**
	 * The array, range or JSON column contains a value.
	 * @param column the column
	 * @param value a collection or array for an array column, a map for a JSON column, or
	 * PostgreSQL's text
	 * @return a new builder
	 */
	default S contains(String column, Object value) {
		return filter(column, "cs", value);
	}

	/**
	 * The array, range or JSON column is contained by a value.
	 * @param column the column
	 * @param value a collection or array for an array column, a map for a JSON column, or
	 * PostgreSQL's text
	 * @return a new builder
	 */
	default S containedBy(String column, Object value) {
		return filter(column, "cd", value);
	}

	/**
	 * At least one of some conditions holds:
	 * {@code or(any -> any.eq("make", "VW").isNull("make"))}.
	 * @param conditions adds the conditions; columns of embedded resources cannot be
	 * among them
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S or(UnaryOperator<Conditions> conditions) {
		return where(Condition.anyOf(conditions));
	}

	/**
	 * Each of some conditions holds: for use inside {@link #or(UnaryOperator)}.
	 * @param conditions adds the conditions; columns of embedded resources cannot be
	 * among them
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S and(UnaryOperator<Conditions> conditions) {
		return where(Condition.allOf(conditions));
	}

	/**
	 * It is not so that each of some conditions holds.
	 * @param conditions adds the conditions, often just one
	 * @return a new builder
	 * @throws IllegalArgumentException when none is added
	 */
	default S not(UnaryOperator<Conditions> conditions) {
		List<Condition> negated = conditions.apply(Conditions.NONE).list();
		return where((negated.size() == 1) ? negated.get(0).negate() : Condition.allOf(conditions).negate());
	}

	/**
	 * The way out: any operator of PostgREST, such as {@code fts(english)} or
	 * {@code like(any)}.
	 * @param column the column
	 * @param operator the operator as PostgREST writes it, without {@code not.}
	 * @param value the value; a collection for {@code in}; {@code null}, {@code true} or
	 * the like in text for {@code is}
	 * @return a new builder
	 * @throws IllegalArgumentException when this is no operator, or the value is null
	 */
	default S filter(String column, String operator, Object value) {
		return where(FilterOperator.condition(column, operator, value));
	}

}
