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
		return preferring("missing=default");
	}

	/**
	 * Declares that repeating this write does no harm, so that it may be retried even
	 * when it is unknown whether it was made.
	 * @return a new builder
	 */
	public S idempotent() {
		return declaringIdempotent();
	}

	/**
	 * Makes the write, and has the server undo it: to see what it would do. When the
	 * server does not allow that, the result is an error that says that the write was
	 * made; PostgREST allows it by {@code db-tx-end = commit-allow-override}.
	 * @return a new builder
	 */
	public S rollback() {
		return rollingBack();
	}

}
