package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.JavaValues;
import dev.dbpool.postgrest.value.Literals;
import dev.dbpool.postgrest.value.Names;
import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Row;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Arguments of a function as parameters of a query. There, PostgREST distinguishes
 * arguments from filters by their looks; what it would mistake is refused.
 */
final class Arguments {

	private static final Set<String> RESERVED = Set.of("select", "columns", "on_conflict", "order", "limit", "offset",
			"and", "or");

	/**
	 * What PostgREST can read as a name without quotes.
	 */
	private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{Nd}_$ ]+(-[\\p{L}\\p{Nd}_$ ]+)*");

	private static final Pattern LIKE_A_FILTER = Pattern.compile(
			"(not|is|in|isdistinct|eq|gte?|lte?|neq|i?like|cs|cd"
					+ "|ov|sl|sr|nxr|nxl|adj|i?match|(pl|ph|w)?fts)(\\([^)]*\\))?\\..*|(pl|ph|w)?fts\\(.*",
			Pattern.DOTALL);

	private static final Set<String> WORDS_OF_FILTERS = Set.of("is", "in", "eq", "gte", "gt", "lte", "lt", "neq",
			"like", "ilike", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "match", "imatch", "isdistinct", "fts",
			"plfts", "phfts", "wfts");

	private Arguments() {
	}

	static List<RequestSpec.Parameter> toParameters(Object arguments) {
		if (!(arguments instanceof Map<?, ?> map)) {
			throw new IllegalStateException(
					"A read-only call sends its arguments in the URL: give them as a map of names and values");
		}
		return map.entrySet()
			.stream()
			.map((argument) -> parameter(String.valueOf(argument.getKey()), argument.getValue()))
			.toList();
	}

	private static RequestSpec.Parameter parameter(String name, @Nullable Object argument) {
		Object value = JavaValues.plain(argument);
		Names.requireText(name, "argument");
		if (RESERVED.contains(name) || !NAME.matcher(name).matches()) {
			throw unsendable(name, "PostgREST reads this name as a part of the query");
		}
		if (value == null) {
			throw unsendable(name, "a URL cannot say null");
		}
		if (isJson(value)) {
			throw unsendable(name, "its value is JSON, which a function called by GET would receive as a text");
		}
		String text = Literals.text(value, "argument", name);
		if (WORDS_OF_FILTERS.contains(text) || LIKE_A_FILTER.matcher(text).matches()) {
			throw unsendable(name, "PostgREST would read its value as a filter");
		}
		return RequestSpec.Parameter.of(name, text);
	}

	private static boolean isJson(@Nullable Object value) {
		if (value instanceof PgArray array) {
			return isJson(array.elements());
		}
		if (value instanceof Object[] array) {
			return isJson(Arrays.asList(array));
		}
		return value instanceof Map<?, ?> || value instanceof Row || value instanceof JsonNode
				|| (value instanceof Collection<?> list && list.stream().anyMatch(Arguments::isJson));
	}

	private static IllegalArgumentException unsendable(String name, String reason) {
		return new IllegalArgumentException(
				"The argument '" + name + "' cannot be sent in a URL: " + reason + ". Call without readOnly()");
	}

}
