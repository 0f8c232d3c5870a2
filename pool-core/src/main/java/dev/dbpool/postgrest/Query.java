package dev.dbpool.postgrest;

/**
 * Any request that returns rows which can be filtered, ordered and limited: a read, or
 * the call of a function. A helper for all of them is declared as
 * {@code static <R extends Query<R>> R firstPage(R query)}.
 *
 * @param <S> the type that each step returns
 */
public sealed interface Query<S extends Query<S>> extends FilteredRequest<S>, Arrangement<S> permits QueryBuilder {

}
