package dev.dbpool.postgrest;

/**
 * The steps of changing or deleting rows.
 *
 * @param <S> the type that each step returns
 */
abstract non-sealed class FilteredWriteBuilder<S extends FilteredWriteBuilder<S>> extends RequestBuilder<S>
		implements FilteredRequest<S>, Write<S> {

	FilteredWriteBuilder(Call call) {
		super(call);
	}

	@Override
	public S where(Condition condition) {
		return scoping((rows) -> rows.where(condition));
	}

	/**
	 * Says that every row is meant. Without this, a write that has no filter of its own
	 * rows is refused by an {@link IllegalStateException}.
	 * @return a new builder
	 */
	public S all() {
		return with((changed) -> changed.everyRow = true);
	}

	@Override
	public S idempotent() {
		return declaringIdempotent();
	}

	@Override
	public S rollback() {
		return rollingBack();
	}

	/**
	 * Has the server undo the write if it affects more rows than this. The result is then
	 * an {@link org.springframework.dao.IncorrectResultSizeDataAccessException}. Needs
	 * PostgREST 12.2; an older one refuses the write, or an error says that it was made.
	 * <p>
	 * The server counts the rows that it returns. An update by a group of conditions
	 * returns other rows than it changes: there, results with rows are refused by an
	 * {@link IllegalStateException}, and {@code execute()} is right.
	 * @param rows how many rows may be affected
	 * @return a new builder
	 */
	public S maxAffected(long rows) {
		return affectingAtMost(rows);
	}

	@Override
	Call call() {
		return super.call().with(RequestSpec::requireRestriction);
	}

}
