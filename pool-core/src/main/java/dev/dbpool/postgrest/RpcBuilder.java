package dev.dbpool.postgrest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * The steps of a call of a function.
 *
 * @param <S> the type that each step returns
 */
abstract class RpcBuilder<S extends RpcBuilder<S>> extends QueryBuilder<S> {

	RpcBuilder(Call call) {
		super(call);
	}

	/**
	 * Adds arguments by name.
	 * @param arguments names and values; a null is sent as null
	 * @return a new builder
	 */
	public S args(Map<String, ? extends @Nullable Object> arguments) {
		return with((changed) -> changed.arguments = merged(changed.arguments, arguments));
	}

	/**
	 * Adds one argument.
	 * @param name its name
	 * @param value its value, or {@code null}
	 * @return a new builder
	 */
	public S arg(String name, @Nullable Object value) {
		Names.requireText(name, "argument");
		return args(Collections.singletonMap(name, value));
	}

	/**
	 * Sets the arguments as the properties of an object, such as a record, in place of
	 * those set before.
	 * @param arguments the object, sent as JSON
	 * @return a new builder
	 */
	public S args(Object arguments) {
		return with((changed) -> changed.arguments = arguments);
	}

	/**
	 * Calls by GET, as a read: for functions that are STABLE or IMMUTABLE. The arguments
	 * go into the URL, so they must be given by name; an argument that PostgREST would
	 * take for a filter there is refused by an {@link IllegalArgumentException}.
	 * @return a new builder
	 */
	public S readOnly() {
		return with((changed) -> changed.method = HttpMethod.GET);
	}

	/**
	 * Chooses the columns of the result.
	 * @param columns what PostgREST's {@code select} takes
	 * @return a new builder
	 */
	public S select(String... columns) {
		return selecting(columns);
	}

	/**
	 * Declares that repeating this call does no harm, so that it may be retried even when
	 * it is unknown whether it ran.
	 * @return a new builder
	 */
	public S idempotent() {
		return declaringIdempotent();
	}

	private static Map<String, @Nullable Object> merged(@Nullable Object before,
			Map<String, ? extends @Nullable Object> added) {
		Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
		if (before instanceof Map<?, ?> map) {
			map.forEach((name, value) -> arguments.put(String.valueOf(name), value));
		}
		else if (before != null) {
			throw new IllegalStateException("The arguments are the properties of an object; none can be added by name");
		}
		arguments.putAll(added);
		return Collections.unmodifiableMap(arguments);
	}

}
