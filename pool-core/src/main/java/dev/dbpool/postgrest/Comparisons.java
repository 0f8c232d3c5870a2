package dev.dbpool.postgrest;

import java.util.Collection;

import dev.dbpool.postgrest.value.Literals;

/**
 * The comparisons that filter rows in queries, in writes, and in the statements of a
 * transaction. For helpers that add filters to any of them:
 * {@code static <S extends Comparisons<S>> S ofTenant(S rows, long tenant)}. All
 * comparisons must hold, unless they stand in a group.
 *
 * @param <S> the type that each step returns
 */
public interface Comparisons<S extends Comparisons<S>> {

	/**
	 * A comparison by the name of its operator, such as {@code eq} or {@code cs}.
	 * @param column the column
	 * @param operator the operator as PostgREST writes it, without {@code not.}
	 * @param value the value
	 * @return the next step
	 * @throws IllegalArgumentException when the value is null
	 */
	S filter(String column, String operator, Object value);

	/**
	 * The column equals a value.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S eq(String column, Object value) {
		return filter(column, "eq", value);
	}

	/**
	 * The column is different from a value. Rows without a value are left out.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S neq(String column, Object value) {
		return filter(column, "neq", value);
	}

	/**
	 * The column is greater than a value.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S gt(String column, Object value) {
		return filter(column, "gt", value);
	}

	/**
	 * The column is greater than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S gte(String column, Object value) {
		return filter(column, "gte", value);
	}

	/**
	 * The column is less than a value.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S lt(String column, Object value) {
		return filter(column, "lt", value);
	}

	/**
	 * The column is less than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return the next step
	 */
	default S lte(String column, Object value) {
		return filter(column, "lte", value);
	}

	/**
	 * The column matches a pattern, case-sensitively.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE, with {@code %} and {@code _}. Outside of
	 * transactions, PostgREST takes {@code *} for {@code %} as well
	 * @return the next step
	 */
	default S like(String column, String pattern) {
		return filter(column, "like", pattern);
	}

	/**
	 * The column matches a pattern, whatever the case.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE, with {@code %} and {@code _}. Outside of
	 * transactions, PostgREST takes {@code *} for {@code %} as well
	 * @return the next step
	 */
	default S ilike(String column, String pattern) {
		return filter(column, "ilike", pattern);
	}

	/**
	 * The column has no value.
	 * @param column the column
	 * @return the next step
	 */
	S isNull(String column);

	/**
	 * The column has a value.
	 * @param column the column
	 * @return the next step
	 */
	S isNotNull(String column);

	/**
	 * The boolean column is true.
	 * @param column the column
	 * @return the next step
	 */
	S isTrue(String column);

	/**
	 * The boolean column is false, and not without a value.
	 * @param column the column
	 * @return the next step
	 */
	S isFalse(String column);

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values, none of them null
	 * @return the next step
	 */
	S in(String column, Collection<?> values);

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values, none of them null; or one array of them, such as a
	 * {@code long[]}
	 * @return the next step
	 */
	default S in(String column, Object... values) {
		return in(column, Literals.elements(values));
	}

	/**
	 * The array, range or JSON column contains a value.
	 * @param column the column
	 * @param value a collection or array for an array column, a
	 * {@link dev.dbpool.postgrest.value.Range} for a range column, a map or JSON tree for
	 * a JSON column, or PostgreSQL's text
	 * @return the next step
	 */
	default S contains(String column, Object value) {
		return filter(column, "cs", value);
	}

	/**
	 * The array, range or JSON column is contained by a value.
	 * @param column the column
	 * @param value as for {@link #contains}
	 * @return the next step
	 */
	default S containedBy(String column, Object value) {
		return filter(column, "cd", value);
	}

	/**
	 * The array or range column has something in common with a value.
	 * @param column the column
	 * @param value as for {@link #contains}
	 * @return the next step
	 */
	default S overlaps(String column, Object value) {
		return filter(column, "ov", value);
	}

}
