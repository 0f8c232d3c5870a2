package dev.dbpool.postgrest;

import org.jspecify.annotations.Nullable;

/**
 * The steps of whatever has rows as its result: filters, order, and a part of them.
 *
 * @param <S> the type that each step returns
 */
abstract class QueryBuilder<S extends QueryBuilder<S>> extends RequestBuilder<S> implements Filters<S> {

	QueryBuilder(Call call) {
		super(call);
	}

	@Override
	public S where(Condition condition) {
		return adding(condition);
	}

	/**
	 * Orders by a column, after those named before, smallest first.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @return a new builder
	 */
	public S order(String column) {
		return ordering(OrderTerm.of(column, null, null));
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @param direction the direction
	 * @return a new builder
	 */
	public S order(String column, Direction direction) {
		return ordering(OrderTerm.of(column, direction, null));
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @param direction the direction
	 * @param nulls where rows without a value are put
	 * @return a new builder
	 */
	public S order(String column, Direction direction, Nulls nulls) {
		return ordering(OrderTerm.of(column, direction, nulls));
	}

	private S ordering(String term) {
		return with((changed) -> changed.order = RequestSpec.plus(changed.order, term));
	}

	/**
	 * Asks for the first rows only.
	 * @param count how many rows at most
	 * @return a new builder
	 */
	public S limit(long count) {
		requireNotNegative("limit", count);
		return with((changed) -> changed.limit = count);
	}

	/**
	 * Leaves the first rows out.
	 * @param count how many rows to leave out
	 * @return a new builder
	 */
	public S offset(long count) {
		requireNotNegative("offset", count);
		return with((changed) -> changed.offset = count);
	}

	/**
	 * Asks for a range of rows.
	 * @param first the index of the first row, from 0
	 * @param last the index of the last row, inclusive
	 * @return a new builder
	 */
	public S range(long first, long last) {
		requireNotNegative("start of the range", first);
		if (last < first) {
			throw new IllegalArgumentException("The range ends (" + last + ") before it starts (" + first + ")");
		}
		@Nullable Long offset = (first > 0) ? first : null;
		return with((changed) -> {
			changed.offset = offset;
			changed.limit = last - first + 1;
		});
	}

	private static void requireNotNegative(String what, long value) {
		if (value < 0) {
			throw new IllegalArgumentException("The " + what + " is negative: " + value);
		}
	}

}
