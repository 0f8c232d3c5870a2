package dev.dbpool.postgrest;

import java.util.function.UnaryOperator;

/**
 * The steps of whatever has rows as its result: filters, order, and a part of them.
 *
 * @param <S> the type that each step returns
 */
abstract non-sealed class QueryBuilder<S extends QueryBuilder<S>> extends RequestBuilder<S> implements Query<S> {

	QueryBuilder(Call call) {
		super(call);
	}

	@Override
	public S where(Condition condition) {
		return scoping((rows) -> rows.where(condition));
	}

	@Override
	public S order(String column) {
		return ordering(OrderTerm.of(column, null, null));
	}

	@Override
	public S order(String column, Direction direction) {
		return ordering(OrderTerm.of(column, direction, null));
	}

	@Override
	public S order(String column, Nulls nulls) {
		return ordering(OrderTerm.of(column, null, nulls));
	}

	@Override
	public S order(String column, Direction direction, Nulls nulls) {
		return ordering(OrderTerm.of(column, direction, nulls));
	}

	private S ordering(String term) {
		return scoping((rows) -> rows.orderBy(term));
	}

	@Override
	public S limit(long count) {
		return scoping((rows) -> rows.limit(count));
	}

	@Override
	public S offset(long count) {
		return scoping((rows) -> rows.offset(count));
	}

	@Override
	public S range(long first, long last) {
		return scoping((rows) -> rows.range(first, last));
	}

	@Override
	public S embedded(String resource, UnaryOperator<Embedded> rows) {
		return scoping((scope) -> scope.embed(resource, (inner) -> rows.apply(new Embedded(inner)).scope()));
	}

}
