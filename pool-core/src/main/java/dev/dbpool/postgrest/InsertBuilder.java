package dev.dbpool.postgrest;

import java.util.List;
import java.util.Set;

/**
 * The steps of adding rows.
 *
 * @param <S> the type that each step returns
 */
abstract non-sealed class InsertBuilder<S extends InsertBuilder<S>> extends RequestBuilder<S> implements Write<S> {

	InsertBuilder(Call call) {
		super(call);
	}

	/**
	 * Takes a column's default where a row does not name the column, instead of null.
	 * Matters when rows of one request name different columns.
	 * @return a new builder
	 */
	public S missingAsDefault() {
		return preferring("missing=default");
	}

	/**
	 * Takes a column's default where a row has null in it, as if the row did not name the
	 * column: {@code insert(member).nullsAsDefault("id")} lets the database give the id.
	 * JSON text is sent as it is.
	 * @param columns the columns; all if none is named
	 * @return a new builder
	 */
	public S nullsAsDefault(String... columns) {
		return missingAsDefault().with((changed) -> RowBodies.omitNulls(changed, Set.of(columns)));
	}

	/**
	 * Sets only some columns, whatever else the rows name. A row that does not name one
	 * of them has null there, or its default after {@link #missingAsDefault()}.
	 * @param columns the columns
	 * @return a new builder
	 * @throws IllegalArgumentException when none is named, or several in one argument
	 */
	public S columns(String... columns) {
		for (String column : columns) {
			ColumnPath.requireOne(column, "columns(\"a\", \"b\")");
		}
		RequestSpec.Parameter names = RowBodies.columns(List.of(columns));
		return with((changed) -> {
			changed.parameters = RequestSpec.replacing(changed.parameters, names);
			changed.columnsChosen = true;
		});
	}

	@Override
	public S idempotent() {
		return declaringIdempotent();
	}

	@Override
	public S rollback() {
		return rollingBack();
	}

}
