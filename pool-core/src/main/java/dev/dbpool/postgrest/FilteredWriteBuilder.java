package dev.dbpool.postgrest;

/**
 * The steps of changing or deleting rows.
 *
 * @param <S> the type that each step returns
 */
abstract class FilteredWriteBuilder<S extends FilteredWriteBuilder<S>> extends RequestBuilder<S> implements Filters<S> {

	FilteredWriteBuilder(Call call) {
		super(call);
	}

	@Override
	public S where(Condition condition) {
		return adding(condition);
	}

	/**
	 * Says that every row is meant. Without this, a write that has no filter of its own
	 * rows is refused by an {@link IllegalStateException}.
	 * @return a new builder
	 */
	public S all() {
		return with((changed) -> changed.everyRow = true);
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

	Call restricted() {
		return call().with(RequestSpec::requireRestriction);
	}

}
