package dev.dbpool.transaction;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Filters on rows. All of them must hold, unless they stand in a group.
 * <p>
 * A <em>column</em> is the plain name of a column. A <em>value</em> is whatever JSON can
 * say, a collection for an array, or a {@link Reference}. No name and no value can change
 * the structure of a statement.
 *
 * @param <S> the type that each step returns
 */
public interface TransactionFilters<S extends TransactionFilters<S>> {

	/**
	 * Adds a condition.
	 * @param condition the condition
	 * @return this
	 */
	S where(TransactionCondition condition);

	/**
	 * The column equals a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S eq(String column, Object value) {
		return where(TransactionCondition.compare(column, "eq", value));
	}

	/**
	 * The column is different from a value. Rows without a value are left out.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S neq(String column, Object value) {
		return where(TransactionCondition.compare(column, "neq", value));
	}

	/**
	 * The column is greater than a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S gt(String column, Object value) {
		return where(TransactionCondition.compare(column, "gt", value));
	}

	/**
	 * The column is greater than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S gte(String column, Object value) {
		return where(TransactionCondition.compare(column, "gte", value));
	}

	/**
	 * The column is less than a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S lt(String column, Object value) {
		return where(TransactionCondition.compare(column, "lt", value));
	}

	/**
	 * The column is less than or equal to a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S lte(String column, Object value) {
		return where(TransactionCondition.compare(column, "lte", value));
	}

	/**
	 * The column matches a pattern, case-sensitively.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE, with {@code %} and {@code _}
	 * @return this
	 */
	default S like(String column, String pattern) {
		return where(TransactionCondition.compare(column, "like", pattern));
	}

	/**
	 * The column matches a pattern, whatever the case.
	 * @param column the column
	 * @param pattern a pattern of SQL's LIKE, with {@code %} and {@code _}
	 * @return this
	 */
	default S ilike(String column, String pattern) {
		return where(TransactionCondition.compare(column, "ilike", pattern));
	}

	/**
	 * The column has no value.
	 * @param column the column
	 * @return this
	 */
	default S isNull(String column) {
		return where(TransactionCondition.is(column, null));
	}

	/**
	 * The column has a value.
	 * @param column the column
	 * @return this
	 */
	default S isNotNull(String column) {
		return where(TransactionCondition.is(column, null).negate());
	}

	/**
	 * The boolean column is true.
	 * @param column the column
	 * @return this
	 */
	default S isTrue(String column) {
		return where(TransactionCondition.is(column, true));
	}

	/**
	 * The boolean column is false, and not without a value.
	 * @param column the column
	 * @return this
	 */
	default S isFalse(String column) {
		return where(TransactionCondition.is(column, false));
	}

	/**
	 * The column is different from a value, where being without a value counts as a value
	 * of its own.
	 * @param column the column
	 * @param value the value, or {@code null}
	 * @return this
	 */
	default S isDistinct(String column, @Nullable Object value) {
		return where(TransactionCondition.distinct(column, value));
	}

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values
	 * @return this
	 */
	default S in(String column, Collection<?> values) {
		return where(TransactionCondition.compare(column, "in", Values.inAnyOrder(values)));
	}

	/**
	 * The column equals one of some values. An empty list matches no row.
	 * @param column the column
	 * @param values the values
	 * @return this
	 */
	default S in(String column, Object... values) {
		return in(column, Arrays.asList(values));
	}

	/**
	 * The column equals one of the values that an earlier operation returned.
	 * @param column the column
	 * @param values the values, by {@link TransactionStatement#refs}
	 * @return this
	 */
	default S in(String column, Reference values) {
		return where(TransactionCondition.compare(column, "in", values));
	}

	/**
	 * The array, range or JSON column contains a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S contains(String column, Object value) {
		return where(TransactionCondition.compare(column, "cs", value));
	}

	/**
	 * The array, range or JSON column is contained by a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S containedBy(String column, Object value) {
		return where(TransactionCondition.compare(column, "cd", value));
	}

	/**
	 * The array or range column has something in common with a value.
	 * @param column the column
	 * @param value the value
	 * @return this
	 */
	default S overlaps(String column, Object value) {
		return where(TransactionCondition.compare(column, "ov", value));
	}

	/**
	 * At least one of some conditions holds.
	 * @param conditions adds the conditions
	 * @return this
	 * @throws IllegalArgumentException when none is added
	 */
	default S or(UnaryOperator<TransactionConditions> conditions) {
		return where(TransactionCondition.group("or", TransactionConditions.of(conditions)));
	}

	/**
	 * Each of some conditions holds: for use inside {@link #or}.
	 * @param conditions adds the conditions
	 * @return this
	 * @throws IllegalArgumentException when none is added
	 */
	default S and(UnaryOperator<TransactionConditions> conditions) {
		return where(TransactionCondition.group("and", TransactionConditions.of(conditions)));
	}

	/**
	 * It is not so that each of some conditions holds.
	 * @param conditions adds the conditions, often just one
	 * @return this
	 * @throws IllegalArgumentException when none is added
	 */
	default S not(UnaryOperator<TransactionConditions> conditions) {
		List<TransactionCondition> members = TransactionConditions.of(conditions);
		return where(TransactionCondition.group("and", members).negate());
	}

}
