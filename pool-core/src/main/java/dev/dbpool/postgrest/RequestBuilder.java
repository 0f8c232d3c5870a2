package dev.dbpool.postgrest;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.springframework.http.HttpHeaders;

/**
 * The steps that every request has.
 *
 * @param <S> the type that each step returns
 */
abstract class RequestBuilder<S extends RequestBuilder<S>> {

	private final Call call;

	RequestBuilder(Call call) {
		this.call = call;
	}

	abstract S next(Call call);

	S preferring(String preference) {
		return next(this.call.prefer(preference));
	}

	S with(Consumer<RequestSpec> change) {
		return next(this.call.with(change));
	}

	/**
	 * Adds a header, in place of the one that would be sent otherwise; a {@code Prefer}
	 * header is added to those.
	 * @param name its name
	 * @param value its value
	 * @return a new builder
	 * @throws IllegalArgumentException when either cannot be sent
	 */
	public S header(String name, String value) {
		Names.headerName(name);
		Names.headerValue(value);
		return with((changed) -> {
			HttpHeaders extended = HttpHeaders.copyOf(changed.headers);
			extended.add(name, value);
			changed.headers = HttpHeaders.readOnlyHttpHeaders(extended);
		});
	}

	/**
	 * Chooses the columns of the rows that are returned, in place of those chosen before.
	 * @param columns what PostgREST's {@code select} takes: columns, embedded resources
	 * such as {@code owner(name)}, aliases, casts, aggregates; may be given as one text
	 * or as several
	 * @return a new builder
	 * @throws IllegalArgumentException when this is no selection
	 */
	public S select(String... columns) {
		String selection = Selection.of(columns);
		return with((changed) -> changed.select = selection);
	}

	/**
	 * Chooses the columns of the rows that are returned, in place of those chosen before.
	 * @param first a column or an embedded resource
	 * @param more more of them
	 * @return a new builder
	 */
	public S select(Selectable first, Selectable... more) {
		String selection = Selection.of(first, more);
		return with((changed) -> changed.select = selection);
	}

	/**
	 * Leaves columns without a value out of the rows that are returned.
	 * @return a new builder
	 */
	public S stripNulls() {
		return with((changed) -> changed.withoutNulls = true);
	}

	/**
	 * The request as it stands, and what will send it.
	 * @return the call
	 */
	public Call call() {
		return this.call;
	}

	S declaringIdempotent() {
		return with((changed) -> changed.idempotent = true);
	}

	S rollingBack() {
		return next(this.call.require("tx=rollback"));
	}

	S affectingAtMost(long rows) {
		if (rows < 0) {
			throw new IllegalArgumentException("The number of rows that may be affected is negative: " + rows);
		}
		return next(this.call.prefer("handling=strict").require("max-affected=" + rows));
	}

	S scoping(UnaryOperator<RowScope> change) {
		return with((changed) -> changed.rows = change.apply(changed.rows));
	}

}
