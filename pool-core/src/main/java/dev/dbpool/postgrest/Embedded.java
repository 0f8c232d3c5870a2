package dev.dbpool.postgrest;

import java.util.function.UnaryOperator;

/**
 * Which rows of an embedded resource come with each row. Immutable: each step gives a new
 * one. The rows of the table itself are not affected, unless the resource is embedded as
 * {@code !inner}.
 */
public final class Embedded implements Arrangement<Embedded> {

	private final RequestSpec.RowScope scope;

	Embedded(RequestSpec.RowScope scope) {
		this.scope = scope;
	}

	RequestSpec.RowScope scope() {
		return this.scope;
	}

	@Override
	public Embedded where(Condition condition) {
		return new Embedded(this.scope.where(condition));
	}

	@Override
	public Embedded order(String column) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, null, null)));
	}

	@Override
	public Embedded order(String column, Direction direction) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, direction, null)));
	}

	@Override
	public Embedded order(String column, Nulls nulls) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, null, nulls)));
	}

	@Override
	public Embedded order(String column, Direction direction, Nulls nulls) {
		return new Embedded(this.scope.orderBy(OrderTerm.of(column, direction, nulls)));
	}

	@Override
	public Embedded limit(long count) {
		return new Embedded(this.scope.limit(count));
	}

	@Override
	public Embedded offset(long count) {
		return new Embedded(this.scope.offset(count));
	}

	@Override
	public Embedded range(long first, long last) {
		return new Embedded(this.scope.range(first, last));
	}

	@Override
	public Embedded embedded(String resource, UnaryOperator<Embedded> rows) {
		return new Embedded(this.scope.embed(resource, (inner) -> rows.apply(new Embedded(inner)).scope()));
	}

}
