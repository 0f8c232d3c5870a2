package dev.dbpool.postgrest;

/**
 * The steps of adding rows.
 *
 * @param <S> the type that each step returns
 */
abstract class InsertBuilder<S extends InsertBuilder<S>> extends RequestBuilder<S> {

	InsertBuilder(Call call) {
		super(call);
	}

	/**
	 * Takes a column's default where a row does not name the column, instead of null.
	 * Matters when rows of one request name different columns.
	 * @return a new builder
	 */
	public S missingAsDefault() {
		return next(call().prefer("missing=default"));
	}

	/**
	 * Chooses the columns of the rows that are returned.
	 * @param columns what PostgREST's {@code select} takes
	 * @return a new builder
	 */
	public S select(String... columns) {
		return selecting(columns);
	}

	/**
	 * Declares that repeating this write does no harm, so that it may be retried even
	 * when it is unknown whether it was made.
	 * @return a new builder
	 */
	public S idempotent() {
		return declaringIdempotent();
	}

}
