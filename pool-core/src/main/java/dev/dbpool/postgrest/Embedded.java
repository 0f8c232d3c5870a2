package dev.dbpool.postgrest;

import java.util.function.UnaryOperator;

/**
 * Which rows of an embedded resource come with each row. Immutable: each step gives a new
 * one. The rows of the table itself are not affected, unless the resource is embedded as
 * {@code !inner}.
 */
public final class Embedded implements Filters<Embedded> {

	private final RowScope scope;

	Embedded(RowScope scope) {
		this.scope = scope;
	}

	RowScope scope() {
		return this.scope;
	}

	@Override
	public Embedded where(Condition condition) {
		return new Embedded(this.scope.where(condition));
	}

	/**
	 * Orders by a column, after those named before, smallest first.
	 * @param column a column of the resource, or a path into JSON
	 * @return a new builder
	 */
	public Embedded order(String column) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, null, null)));
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column a column of the resource, or a path into JSON
	 * @param direction the direction
	 * @return a new builder
	 */
	public Embedded order(String column, Direction direction) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, direction, null)));
	}

	/**
	 * Orders by a column, after those named before.
	 * @param column a column of the resource, or a path into JSON
	 * @param direction the direction
	 * @param nulls where rows without a value are put
	 * @return a new builder
	 */
	public Embedded order(String column, Direction direction, Nulls nulls) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, direction, nulls)));
	}

	/**
	 * Asks for the first rows only.
	 * @param count how many rows at most with each row of the table
	 * @return a new builder
	 */
	public Embedded limit(long count) {
		return new Embedded(this.scope.limit(count));
	}

	/**
	 * Leaves the first rows out.
	 * @param count how many rows to leave out
	 * @return a new builder
	 */
	public Embedded offset(long count) {
		return new Embedded(this.scope.offset(count));
	}

	/**
	 * Asks for a range of rows.
	 * @param first the index of the first row, from 0
	 * @param last the index of the last row, inclusive
	 * @return a new builder
	 */
	public Embedded range(long first, long last) {
		return new Embedded(this.scope.range(first, last));
	}

	/**
	 * Says which rows of a resource that is embedded in this one are meant.
	 * @param resource its name, or its alias if it has one
	 * @param rows the filters, the order and the limits
	 * @return a new builder
	 */
	public Embedded embedded(String resource, UnaryOperator<Embedded> rows) {
		return new Embedded(this.scope.embed(resource, (inner) -> rows.apply(new Embedded(inner)).scope()));
	}

}
