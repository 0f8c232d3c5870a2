package dev.dbpool.postgrest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * The steps of a call of a function.
 *
 * @param <S> the type that each step returns
 */
abstract non-sealed class RpcBuilder<S extends RpcBuilder<S>> extends QueryBuilder<S> implements Write<S> {

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
	 * go into the URL, so they must be given by name. An argument that PostgREST would
	 * take for a filter there is refused by an {@link IllegalArgumentException}, and so
	 * are maps, rows, JSON trees and lists of them. Parameters of the types {@code json}
	 * and {@code jsonb}, of composite types, and variadic ones need a call by POST.
	 * @return a new builder
	 */
	public S readOnly() {
		return with((changed) -> changed.method = HttpMethod.GET);
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
	 * Has the server undo what the function did if it returns more rows than this. The
	 * result is then an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}. Needs
	 * PostgREST 13; an older one refuses the call, or an error says that it was made.
	 * @param rows how many rows may be affected
	 * @return a new builder
	 */
	public S maxAffected(long rows) {
		return affectingAtMost(rows);
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
