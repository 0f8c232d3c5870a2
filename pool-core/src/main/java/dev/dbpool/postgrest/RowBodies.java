package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

/**
 * Requests that write rows.
 */
final class RowBodies {

	private static final String COLUMNS = "columns";

	private static final Pattern COLUMNS_GIVEN = Pattern.compile("[?&]columns=");

	private RowBodies() {
	}

	static RequestSpec insert(String path, @Nullable String schema, Object rows) {
		Object body = (rows instanceof Object[] array) ? Arrays.asList(array) : rows;
		return RequestSpec.table(HttpMethod.POST, path, schema).with((spec) -> {
			spec.body = body;
			spec.parameters = columns(body);
		});
	}

	static RequestSpec update(String path, @Nullable String schema, Object values) {
		if (values instanceof Collection<?> || values instanceof Object[]) {
			throw new IllegalArgumentException("An update takes one set of values, not a list");
		}
		return RequestSpec.table(HttpMethod.PATCH, path, schema).with((spec) -> spec.body = values);
	}

	/**
	 * Leaves columns out of the rows where they are null. The columns that the request
	 * names are then those that are left, unless they were chosen.
	 */
	static void omitNulls(RequestSpec spec, Set<String> omissible) {
		Object before = Objects.requireNonNull(spec.body);
		Object body = (before instanceof Collection<?> rows)
				? rows.stream().map((row) -> withoutNulls(row, omissible)).toList() : withoutNulls(before, omissible);
		if (!spec.columnsChosen) {
			spec.parameters = Stream
				.concat(columns(body).stream(),
						spec.parameters.stream().filter((parameter) -> !parameter.key().equals(COLUMNS)))
				.toList();
		}
		spec.body = body;
	}

	private static Object withoutNulls(Object row, Set<String> omissible) {
		if (row instanceof Map<?, ?> map) {
			Map<Object, @Nullable Object> present = new LinkedHashMap<>(map);
			present.entrySet()
				.removeIf((column) -> column.getValue() == null
						&& (omissible.isEmpty() || omissible.contains(String.valueOf(column.getKey()))));
			return present;
		}
		return (row instanceof CharSequence) ? row : new RowWithoutNulls(row, omissible);
	}

	static RequestSpec.Parameter columns(List<String> names) {
		return new RequestSpec.Parameter(COLUMNS, Names.columns(names));
	}

	/**
	 * PostgREST wants all rows of a request to name the same columns, unless the request
	 * lists the columns. Those of rows that are no maps are found when they are sent.
	 */
	private static List<RequestSpec.Parameter> columns(Object body) {
		if (!(body instanceof Collection<?> rows)) {
			return List.of();
		}
		List<Set<String>> names = new ArrayList<>();
		for (Object row : rows) {
			if (!(row instanceof Map<?, ?> map)) {
				return List.of();
			}
			names.add(map.keySet().stream().map(String::valueOf).collect(Collectors.toCollection(LinkedHashSet::new)));
		}
		return parameters(RowJson.differing(names));
	}

	private static List<RequestSpec.Parameter> parameters(Optional<Set<String>> columns) {
		return columns.map((names) -> new RequestSpec.Parameter(COLUMNS, Names.columns(names))).stream().toList();
	}

	/**
	 * Encodes the body of a request, and completes one that adds rows whose columns only
	 * the codec knows, such as records that leave out what is null.
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in the body
	 */
	static Completed complete(PostgrestRequest request, Supplier<RowJson> json) {
		String target = request.target();
		Object body = request.body();
		if (body == null) {
			return new Completed(target, null);
		}
		if (!isJson(request)) {
			return new Completed(target, (body instanceof CharSequence text)
					? StorableText.require(text.toString(), "body of the request to", request.path()) : body);
		}
		Optional<byte[]> encoded = json.get().bytes(body);
		Optional<RequestSpec.Parameter> columns = needsColumns(request)
				? encoded
					.flatMap((bytes) -> parameters(RowJson.differing(Json.propertyNames(bytes))).stream().findFirst())
				: Optional.empty();
		String separator = (target.indexOf('?') < 0) ? "?" : "&";
		return new Completed(columns.map((names) -> target + separator + names.encoded()).orElse(target),
				encoded.<Object>map((bytes) -> bytes).orElse(body));
	}

	private static boolean isJson(PostgrestRequest request) {
		MediaType type = request.headers().getContentType();
		return type == null || JsonBody.isJson(type);
	}

	private static boolean needsColumns(PostgrestRequest request) {
		return request.body() instanceof Collection<?> rows && request.method().equals(HttpMethod.POST)
				&& rows.size() > 1 && !rows.stream().allMatch(Map.class::isInstance)
				&& !request.target().startsWith("/rpc/") && !COLUMNS_GIVEN.matcher(request.target()).find();
	}

	/**
	 * A request as it is sent.
	 *
	 * @param target path and query
	 * @param body JSON as bytes, or what is left to encode
	 */
	record Completed(String target, @Nullable Object body) {

	}

}
