package dev.dbpool.postgrest;

import java.util.function.Consumer;

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

	Call call() {
		return this.call;
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

	S selecting(String... columns) {
		String selection = Selection.of(columns);
		return with((changed) -> changed.select = selection);
	}

	S declaringIdempotent() {
		return with((changed) -> changed.idempotent = true);
	}

	S adding(Condition condition) {
		return with((changed) -> changed.conditions = RequestSpec.plus(changed.conditions, condition));
	}

}
