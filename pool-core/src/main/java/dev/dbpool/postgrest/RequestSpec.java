package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.value.Names;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * What the builders collect. A value: {@link #with} changes a copy, before anyone else
 * can see it; its lists are never changed, only replaced.
 */
final class RequestSpec {

	private static final RequestHeaders ACCEPT_JSON = RequestHeaders.of(HttpHeaders.ACCEPT, Call.JSON);

	private static final int USUAL_LENGTH = 128;

	HttpMethod method;

	final String path;

	final @Nullable String schema;

	@Nullable Parameter select;

	RowScope rows = RowScope.EVERY_ROW;

	List<Parameter> parameters = List.of();

	List<String> preferences = List.of();

	boolean withoutNulls;

	RequestHeaders headers = RequestHeaders.NONE;

	@Nullable Object body;

	/**
	 * Whether the columns that a write sets were named, rather than found in its rows.
	 */
	boolean columnsChosen;

	@Nullable Object arguments;

	boolean idempotent;

	boolean everyRow;

	private RequestSpec(HttpMethod method, String path, @Nullable String schema) {
		this.method = method;
		this.path = path;
		this.schema = schema;
	}

	private RequestSpec(RequestSpec other) {
		this(other.method, other.path, other.schema);
		this.select = other.select;
		this.rows = other.rows;
		this.parameters = other.parameters;
		this.preferences = other.preferences;
		this.withoutNulls = other.withoutNulls;
		this.headers = other.headers;
		this.body = other.body;
		this.columnsChosen = other.columnsChosen;
		this.arguments = other.arguments;
		this.idempotent = other.idempotent;
		this.everyRow = other.everyRow;
	}

	static RequestSpec table(HttpMethod method, String path, @Nullable String schema) {
		return new RequestSpec(method, "/" + path, schema);
	}

	static RequestSpec rpc(String path, @Nullable String schema) {
		RequestSpec spec = new RequestSpec(HttpMethod.POST, "/rpc/" + path, schema);
		spec.arguments = Map.of();
		return spec;
	}

	RequestSpec with(Consumer<RequestSpec> change) {
		RequestSpec copy = new RequestSpec(this);
		change.accept(copy);
		return copy;
	}

	static <E> List<E> plus(List<E> list, E element) {
		if (list.isEmpty()) {
			return List.of(element);
		}
		List<E> extended = new ArrayList<>(list.size() + 1);
		extended.addAll(list);
		extended.add(element);
		return List.copyOf(extended);
	}

	/**
	 * Parameters with one in the place of those that have its key.
	 */
	static List<Parameter> replacing(List<Parameter> parameters, Parameter replacement) {
		return plus(parameters.stream().filter((parameter) -> !parameter.key().equals(replacement.key())).toList(),
				replacement);
	}

	boolean isSafe() {
		return PostgrestRequest.isSafe(this.method);
	}

	/**
	 * Refuses to change or delete every row of a table by oversight. A condition on an
	 * embedded resource filters what is returned, not what is changed.
	 */
	void requireRestriction() {
		if (!this.everyRow && this.rows.conditions().stream().noneMatch(Condition::restrictsRows)) {
			throw new IllegalStateException(this.method.name() + " " + this.path
					+ " has no filter and would apply to every row. Add a filter, or call all() if that is meant");
		}
	}

	/**
	 * Whether a function is called.
	 */
	boolean isCall() {
		return this.arguments != null;
	}

	boolean limitsAffectedRows() {
		return !this.preferences.isEmpty()
				&& this.preferences.stream().anyMatch((preference) -> preference.startsWith("max-affected="));
	}

	/**
	 * Refuses to have PostgREST count the rows of an update where it would count others
	 * than it changes: it applies a logic tree to the rows that it returns, too, with
	 * their new values, and counts what is left.
	 */
	void requireCountOfWrittenRows(String what) {
		if (this.method.equals(HttpMethod.PATCH) && this.rows.conditions().stream().anyMatch(Condition::isSentAsTree)) {
			throw new IllegalStateException("PATCH " + this.path + " has a group of conditions, or a column with a dot"
					+ " in its name. PostgREST applies these to the changed rows, too, and counts only those that still"
					+ " match: " + what + " would count other rows than are changed."
					+ " Use executeAndCount(), or maxAffected(…).execute()");
		}
	}

	/**
	 * Completes the request.
	 * @throws IllegalArgumentException when its URL would be too long for servers
	 */
	PostgrestRequest toRequest(String accept) {
		List<Parameter> query = query();
		StringBuilder url = new StringBuilder(USUAL_LENGTH).append(this.path);
		char separator = '?';
		for (Parameter parameter : query) {
			url.append(separator).append(parameter.encoded());
			separator = '&';
		}
		String target = url.toString();
		if (target.length() > TargetLimit.MAX_LENGTH) {
			throw TargetLimit.exceeded(this, query, target);
		}
		Object content = (this.body != null) ? this.body : (!isSafe() ? this.arguments : null);
		PostgrestRequest request = PostgrestRequest.of(this.method, target, headers(accept));
		request = (content != null) ? request.withBody(content) : request;
		return this.idempotent ? request.asIdempotent() : request;
	}

	private RequestHeaders headers(String accept) {
		if (this.schema == null && this.preferences.isEmpty() && this.headers == RequestHeaders.NONE) {
			return accept.equals(Call.JSON) ? ACCEPT_JSON : RequestHeaders.of(HttpHeaders.ACCEPT, accept);
		}
		List<String> all = new ArrayList<>();
		addUnlessGiven(all, HttpHeaders.ACCEPT, accept);
		if (this.schema != null) {
			addUnlessGiven(all, isSafe() ? "Accept-Profile" : "Content-Profile", this.schema);
		}
		RequestHeaders own = RequestHeaders.of(all.toArray(new String[0]));
		if (!this.preferences.isEmpty()) {
			own = own.with("Prefer", String.join(",", this.preferences));
		}
		return own.and(this.headers);
	}

	private void addUnlessGiven(List<String> all, String name, String value) {
		if (!this.headers.contains(name)) {
			all.add(name);
			all.add(value);
		}
	}

	private List<Parameter> query() {
		List<Parameter> query = new ArrayList<>();
		if (this.select != null) {
			query.add(this.select);
		}
		if (this.arguments != null && isSafe()) {
			query.addAll(Arguments.toParameters(this.arguments));
		}
		query.addAll(this.rows.filters());
		query.addAll(this.parameters);
		this.rows.addArrangement(query);
		return query;
	}

	/**
	 * A parameter of the query.
	 *
	 * @param key its key, not encoded
	 * @param encoded key and value, as they stand in a URL
	 */
	record Parameter(String key, String encoded) {

		static Parameter of(String key, String value) {
			StorableText.require(key, "name of the query parameter", key);
			StorableText.require(value, "value of the query parameter", key);
			return new Parameter(key, Names.encode(key) + "=" + Names.encode(value));
		}

		/**
		 * The same of an embedded resource.
		 */
		Parameter in(String resource) {
			StorableText.require(resource, "name of the query parameter", resource);
			return new Parameter(resource + "." + this.key, Names.encode(resource + ".") + this.encoded);
		}

	}

	/**
	 * Which rows of a table, or of a resource embedded in it, are meant, and in which
	 * order.
	 *
	 * @param conditions conditions that must hold
	 * @param filters the conditions, encoded when they were added
	 * @param order terms, the first one the most significant
	 * @param limit how many rows at most
	 * @param offset how many rows to leave out
	 * @param embedded the same for embedded resources, by the names that they have in the
	 * select
	 */
	record RowScope(List<Condition> conditions, List<Parameter> filters, List<String> order, @Nullable Long limit,
			@Nullable Long offset, Map<String, RowScope> embedded) {

		static final RowScope EVERY_ROW = new RowScope(List.of(), List.of(), List.of(), null, null, Map.of());

		RowScope where(Condition condition) {
			List<Condition> extended = this.conditions;
			List<Parameter> encoded = this.filters;
			for (Condition part : condition.parts()) {
				extended = plus(extended, part);
				encoded = plus(encoded, part.toParameter());
			}
			return new RowScope(extended, encoded, this.order, this.limit, this.offset, this.embedded);
		}

		RowScope orderBy(String term) {
			return new RowScope(this.conditions, this.filters, plus(this.order, term), this.limit, this.offset,
					this.embedded);
		}

		RowScope unordered() {
			return new RowScope(this.conditions, this.filters, List.of(), this.limit, this.offset, this.embedded);
		}

		RowScope limit(long count) {
			requireNotNegative("limit", count);
			return part(count, this.offset);
		}

		RowScope offset(long count) {
			requireNotNegative("offset", count);
			return part(this.limit, count);
		}

		RowScope range(long first, long last) {
			requireNotNegative("start of the range", first);
			if (last < first) {
				throw new IllegalArgumentException("The range ends (" + last + ") before it starts (" + first + ")");
			}
			return part(last - first + 1, (first > 0) ? first : null);
		}

		RowScope part(@Nullable Long limit, @Nullable Long offset) {
			return new RowScope(this.conditions, this.filters, this.order, limit, offset, this.embedded);
		}

		private static void requireNotNegative(String what, long value) {
			if (value < 0) {
				throw new IllegalArgumentException("The " + what + " is negative: " + value);
			}
		}

		RowScope embed(String resource, UnaryOperator<RowScope> change) {
			Names.requireText(resource, "embedded resource");
			String name = Names.column(resource);
			Map<String, RowScope> all = new LinkedHashMap<>(this.embedded);
			all.put(name, change.apply(all.getOrDefault(name, EVERY_ROW)));
			return new RowScope(this.conditions, this.filters, this.order, this.limit, this.offset,
					Collections.unmodifiableMap(all));
		}

		/**
		 * Adds what is not a filter, and all of the embedded resources.
		 */
		void addArrangement(List<Parameter> parameters) {
			if (!this.order.isEmpty()) {
				parameters.add(Parameter.of("order",
						(this.order.size() == 1) ? this.order.get(0) : String.join(",", this.order)));
			}
			if (this.offset != null) {
				parameters.add(Parameter.of("offset", this.offset.toString()));
			}
			if (this.limit != null) {
				parameters.add(Parameter.of("limit", this.limit.toString()));
			}
			if (this.embedded.isEmpty()) {
				return;
			}
			this.embedded.forEach((resource, scope) -> {
				List<Parameter> inner = new ArrayList<>();
				inner.addAll(scope.filters);
				scope.addArrangement(inner);
				inner.forEach((parameter) -> parameters.add(parameter.in(resource)));
			});
		}

	}

}
