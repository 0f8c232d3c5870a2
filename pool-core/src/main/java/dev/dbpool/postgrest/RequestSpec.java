package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * What the builders collect. A value: {@link #with} changes a copy, before anyone else
 * can see it; its lists are never changed, only replaced.
 */
final class RequestSpec {

	HttpMethod method;

	final String path;

	final @Nullable String schema;

	@Nullable String select;

	List<Condition> conditions = List.of();

	List<String> order = List.of();

	List<Parameter> parameters = List.of();

	@Nullable Long limit;

	@Nullable Long offset;

	List<String> preferences = List.of();

	HttpHeaders headers = HttpHeaders.readOnlyHttpHeaders(new HttpHeaders());

	@Nullable Object body;

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
		this.conditions = other.conditions;
		this.order = other.order;
		this.parameters = other.parameters;
		this.limit = other.limit;
		this.offset = other.offset;
		this.preferences = other.preferences;
		this.headers = other.headers;
		this.body = other.body;
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
		List<E> extended = new ArrayList<>(list.size() + 1);
		extended.addAll(list);
		extended.add(element);
		return List.copyOf(extended);
	}

	boolean isSafe() {
		return this.method.equals(HttpMethod.GET) || this.method.equals(HttpMethod.HEAD);
	}

	/**
	 * Refuses to change or delete every row of a table by oversight. A condition on an
	 * embedded resource filters what is returned, not what is changed.
	 */
	void requireRestriction() {
		if (!this.everyRow && this.conditions.stream().noneMatch(Condition::restrictsRows)) {
			throw new IllegalStateException(this.method.name() + " " + this.path
					+ " has no filter and would apply to every row. Add a filter, or call all() if that is meant");
		}
	}

	PostgrestRequest toRequest(String accept) {
		Object content = (this.body != null) ? this.body : (!isSafe() ? this.arguments : null);
		return new PostgrestRequest(this.method, target(), headers(accept), content, this.idempotent);
	}

	private HttpHeaders headers(String accept) {
		HttpHeaders all = new HttpHeaders();
		setUnlessGiven(all, HttpHeaders.ACCEPT, accept);
		if (this.schema != null) {
			setUnlessGiven(all, isSafe() ? "Accept-Profile" : "Content-Profile", this.schema);
		}
		if (!this.preferences.isEmpty()) {
			all.set("Prefer", String.join(",", this.preferences));
		}
		for (String name : this.headers.headerNames()) {
			this.headers.getOrEmpty(name).forEach((value) -> all.add(name, value));
		}
		return all;
	}

	private void setUnlessGiven(HttpHeaders all, String name, String value) {
		if (!this.headers.containsHeader(name)) {
			all.set(name, value);
		}
	}

	private String target() {
		StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
		if (this.select != null) {
			query.add("select=" + Names.encode(this.select));
		}
		if (this.arguments != null && isSafe()) {
			Arguments.toParameters(this.arguments).forEach((argument) -> query.add(argument.encoded()));
		}
		this.conditions.forEach((condition) -> query.add(condition.toParameter().encoded()));
		this.parameters.forEach((parameter) -> query.add(parameter.encoded()));
		if (!this.order.isEmpty()) {
			query.add("order=" + this.order.stream().map(Names::encode).collect(Collectors.joining(",")));
		}
		if (this.offset != null) {
			query.add("offset=" + this.offset);
		}
		if (this.limit != null) {
			query.add("limit=" + this.limit);
		}
		return this.path + query;
	}

	/**
	 * A parameter of the query, not yet encoded.
	 *
	 * @param key its key
	 * @param value its value
	 */
	record Parameter(String key, String value) {

		String encoded() {
			return Names.encode(this.key) + "=" + Names.encode(this.value);
		}

	}

}
