package dev.dbpool.postgrest;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.http.Headers;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.RequestHeaders;

/**
 * The steps that every request has.
 *
 * @param <S> the type that each step returns
 */
abstract non-sealed class RequestBuilder<S extends RequestBuilder<S>> implements Request<S> {

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

	@Override
	public S header(String name, String value) {
		Headers.requireName(name);
		Headers.requireValue(name, value);
		return with((changed) -> changed.headers = changed.headers.and(RequestHeaders.of(name, value)));
	}

	@Override
	public S prefer(String preference) {
		Call preferring = this.call;
		for (String one : Preferences.parse(preference).list()) {
			preferring = preferring.preferOnly(one);
		}
		return next(preferring);
	}

	@Override
	public S select(String... columns) {
		return selecting(Selection.of(columns));
	}

	@Override
	public S select(Selectable first, Selectable... more) {
		return selecting(Selection.of(first, more));
	}

	private S selecting(String selection) {
		RequestSpec.Parameter parameter = RequestSpec.Parameter.of("select", selection);
		return with((changed) -> changed.select = parameter);
	}

	@Override
	public S stripNulls() {
		return with((changed) -> changed.withoutNulls = true);
	}

	@Override
	public PostgrestRequest request() {
		return call().request();
	}

	/**
	 * The call, complete.
	 * @throws IllegalStateException if a step is missing
	 */
	Call call() {
		return this.call;
	}

	S declaringIdempotent() {
		return with((changed) -> changed.idempotent = true);
	}

	S rollingBack() {
		return next(this.call.preferOnly("tx=rollback"));
	}

	S affectingAtMost(long rows) {
		if (rows < 0) {
			throw new IllegalArgumentException("The number of rows that may be affected is negative: " + rows);
		}
		return next(this.call.prefer("handling=strict").preferOnly("max-affected=" + rows));
	}

	S scoping(UnaryOperator<RequestSpec.RowScope> change) {
		return with((changed) -> changed.rows = change.apply(changed.rows));
	}

}
