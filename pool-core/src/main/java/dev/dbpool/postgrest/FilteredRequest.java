package dev.dbpool.postgrest;

/**
 * Any request whose rows can be filtered: a read, an update, a delete, or the call of a
 * function. For helpers that add filters to all of them:
 * {@code static <R extends FilteredRequest<R>> R ofTenant(R request, long tenant)}.
 *
 * @param <S> the type that each step returns
 */
public sealed interface FilteredRequest<S extends FilteredRequest<S>> extends Request<S>, Filters<S>
		permits Query, FilteredWriteBuilder {

}
