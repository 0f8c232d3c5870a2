package dev.dbpool.postgrest;

import dev.dbpool.postgrest.http.PostgrestRequest;

/**
 * The steps of every request, be it a read, a write or the call of a function. Immutable:
 * each step gives a new request.
 * <p>
 * A helper takes any request, and returns one of the same type:
 * {@code static <R extends Request<R>> R traced(R request)}. Where it needs filters, it
 * takes a {@link FilteredRequest}; where it needs an order or a limit, a {@link Query}.
 * Reactive and blocking builders are both of these types.
 *
 * @param <S> the type that each step returns
 */
public sealed interface Request<S extends Request<S>> permits FilteredRequest, RequestBuilder {

	/**
	 * Adds a header, in place of the one that would be sent otherwise; a {@code Prefer}
	 * header is added to those.
	 * @param name its name
	 * @param value its value
	 * @return a new builder
	 * @throws IllegalArgumentException when either cannot be sent
	 */
	S header(String name, String value);

	/**
	 * Adds a preference, in place of another value of it, be it that of the client.
	 * @param preference the preference as PostgREST's {@code Prefer} header takes it,
	 * such as {@code timezone=Europe/Berlin}
	 * @return a new builder
	 * @throws IllegalArgumentException when it cannot be sent
	 */
	S prefer(String preference);

	/**
	 * Chooses the columns of the rows that are returned, in place of those chosen before.
	 * @param columns what PostgREST's {@code select} takes: columns, embedded resources
	 * such as {@code owner(name)}, aliases, casts, aggregates; may be given as one text
	 * or as several
	 * @return a new builder
	 * @throws IllegalArgumentException when this is no selection
	 */
	S select(String... columns);

	/**
	 * Chooses the columns of the rows that are returned, in place of those chosen before.
	 * @param first a column or an embedded resource
	 * @param more more of them
	 * @return a new builder
	 */
	S select(Selectable first, Selectable... more);

	/**
	 * Leaves columns without a value out of the rows that are returned.
	 * @return a new builder
	 */
	S stripNulls();

	/**
	 * The request that would be sent for a list of rows: to look at, or to log. Rows that
	 * are no maps are not encoded for this, so that it does not name their columns.
	 * @return the request
	 * @throws IllegalArgumentException when it cannot be sent
	 * @throws IllegalStateException when it would change every row without saying so, or
	 * the server would count other rows than are written
	 */
	PostgrestRequest request();

}
