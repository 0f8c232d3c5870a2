package dev.dbpool.postgrest;

/**
 * Any request that may write: an insert, an upsert, an update, a delete, or the call of a
 * function.
 *
 * @param <S> the type that each step returns
 */
public sealed interface Write<S extends Write<S>> permits InsertBuilder, FilteredWriteBuilder, RpcBuilder {

	/**
	 * Declares that repeating this request does no harm, so that it may be retried even
	 * when it is unknown whether it ran.
	 * @return a new builder
	 */
	S idempotent();

	/**
	 * Runs the request, and has the server undo what it wrote: to see what it would do.
	 * When the server does not allow that, the result is an error that says that the
	 * write was made; PostgREST allows it by {@code db-tx-end = commit-allow-override}.
	 * @return a new builder
	 */
	S rollback();

}
