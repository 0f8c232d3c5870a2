package dev.dbpool.postgrest;

import java.util.function.UnaryOperator;

/**
 * Which rows are returned, and in which order: filters, order and limits, of a
 * {@link Query} or of a resource that is embedded in one.
 *
 * @param <S> the type that each step returns
 */
public interface Arrangement<S extends Arrangement<S>> extends Filters<S> {

	/**
	 * Orders by a column, after those named before, smallest first.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @return a new builder
	 */
	S order(String column);

	/**
	 * Orders by a column, after those named before.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @param direction the direction
	 * @return a new builder
	 */
	S order(String column, Direction direction);

	/**
	 * Orders by a column, after those named before, smallest first.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @param nulls where rows without a value are put
	 * @return a new builder
	 */
	S order(String column, Nulls nulls);

	/**
	 * Orders by a column, after those named before.
	 * @param column a column, a path into JSON, or a column of an embedded single
	 * resource such as {@code owner(name)}; a name that holds parentheses is written in
	 * double quotes
	 * @param direction the direction
	 * @param nulls where rows without a value are put
	 * @return a new builder
	 */
	S order(String column, Direction direction, Nulls nulls);

	/**
	 * Asks for the first rows only.
	 * @param count how many rows at most; of an embedded resource, with each row of the
	 * table
	 * @return a new builder
	 */
	S limit(long count);

	/**
	 * Leaves the first rows out.
	 * @param count how many rows to leave out
	 * @return a new builder
	 */
	S offset(long count);

	/**
	 * Asks for a range of rows.
	 * @param first the index of the first row, from 0
	 * @param last the index of the last row, inclusive
	 * @return a new builder
	 */
	S range(long first, long last);

	/**
	 * Says which rows of an embedded resource come with each row:
	 * {@code embedded("cars", cars -> cars.gt("price", 100).order("price").limit(3))}.
	 * @param resource its name, or its alias if it has one
	 * @param rows the filters, the order and the limits
	 * @return a new builder
	 */
	S embedded(String resource, UnaryOperator<Embedded> rows);

}
