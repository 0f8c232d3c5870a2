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
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Requests that write rows.
 */
final class RowBodies {

	private static final String COLUMNS = "columns";

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
		return RequestSpec.Parameter.of(COLUMNS, Names.columns(names));
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
		return parameters(Names.differing(names));
	}

	private static List<RequestSpec.Parameter> parameters(Optional<Set<String>> columns) {
		return columns.map((names) -> RequestSpec.Parameter.of(COLUMNS, Names.columns(names))).stream().toList();
	}

}
