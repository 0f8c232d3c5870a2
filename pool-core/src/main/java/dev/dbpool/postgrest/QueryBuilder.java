package dev.dbpool.postgrest;

import java.util.function.UnaryOperator;

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
		return scoping((rows) -> rows.where(condition));
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
		return scoping((rows) -> rows.orderBy(term));
	}

	/**
	 * Asks for the first rows only.
	 * @param count how many rows at most
	 * @return a new builder
	 */
	public S limit(long count) {
		return scoping((rows) -> rows.limit(count));
	}

	/**
	 * Leaves the first rows out.
	 * @param count how many rows to leave out
	 * @return a new builder
	 */
	public S offset(long count) {
		return scoping((rows) -> rows.offset(count));
	}

	/**
	 * Asks for a range of rows.
	 * @param first the index of the first row, from 0
	 * @param last the index of the last row, inclusive
	 * @return a new builder
	 */
	public S range(long first, long last) {
		return scoping((rows) -> rows.range(first, last));
	}

	/**
	 * Says which rows of an embedded resource come with each row:
	 * {@code embedded("cars", cars -> cars.gt("price", 100).order("price").limit(3))}.
	 * @param resource its name, or its alias if it has one
	 * @param rows the filters, the order and the limits
	 * @return a new builder
	 */
	public S embedded(String resource, UnaryOperator<Embedded> rows) {
		return scoping((scope) -> scope.embed(resource, (inner) -> rows.apply(new Embedded(inner)).scope()));
	}

}
