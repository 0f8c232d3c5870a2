package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Requests that write rows.
 */
final class RowBodies {

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
	 * PostgREST wants all rows of a request to name the same columns, unless it is told
	 * the columns.
	 */
	private static List<RequestSpec.Parameter> columns(Object body) {
		if (!(body instanceof Collection<?> rows)) {
			return List.of();
		}
		Set<String> names = new LinkedHashSet<>();
		boolean different = false;
		for (Object row : rows) {
			if (!(row instanceof Map<?, ?> map)) {
				return List.of();
			}
			int before = names.size();
			map.keySet().forEach((name) -> names.add(String.valueOf(name)));
			different |= (before > 0 && names.size() > before) || map.size() < names.size();
		}
		return different ? List.of(new RequestSpec.Parameter("columns", Names.columns(names))) : List.of();
	}

}
