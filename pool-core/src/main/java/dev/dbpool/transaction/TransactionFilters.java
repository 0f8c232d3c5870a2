package dev.dbpool.transaction;

import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.Comparisons;
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
public interface TransactionFilters<S extends TransactionFilters<S>> extends Comparisons<S> {

	/**
	 * Adds a condition.
	 * @param condition the condition
	 * @return this
	 */
	S where(TransactionCondition condition);

	/**
	 * A comparison by the name of its operator: {@code eq}, {@code neq}, {@code gt},
	 * {@code gte}, {@code lt}, {@code lte}, {@code like}, {@code ilike}, {@code in},
	 * {@code cs}, {@code cd}, {@code ov} or {@code isdistinct}. With any other, the
	 * transaction fails.
	 * @param column the column
	 * @param operator the operator
	 * @param value the value
	 * @return this
	 * @throws IllegalArgumentException when the value is null
	 */
	@Override
	default S filter(String column, String operator, Object value) {
		return where(TransactionCondition.compare(column, operator, value));
	}

	@Override
	default S isNull(String column) {
		return where(TransactionCondition.is(column, null));
	}

	@Override
	default S isNotNull(String column) {
		return where(TransactionCondition.is(column, null).negate());
	}

	@Override
	default S isTrue(String column) {
		return where(TransactionCondition.is(column, true));
	}

	@Override
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

	@Override
	default S in(String column, Collection<?> values) {
		return where(TransactionCondition.compare(column, "in", Values.inAnyOrder(values)));
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
