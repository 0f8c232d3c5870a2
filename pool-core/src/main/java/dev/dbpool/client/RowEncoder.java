package dev.dbpool.client;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.http.JsonCodecs;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Turns a row into columns and values, by the codec that would send it: the names are
 * those under which it would be stored.
 */
final class RowEncoder {

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final Pattern PLAIN = Pattern.compile("\\w+");

	private final JsonCodecs codecs;

	RowEncoder(WebClient.Builder builder) {
		this.codecs = JsonCodecs.of(builder);
	}

	/**
	 * Returns the codecs of the client.
	 */
	JsonCodecs codecs() {
		return this.codecs;
	}

	/**
	 * Encodes a row.
	 * @param row a map, record or bean
	 * @return the columns that have a value, named as filters take them
	 * @throws IllegalArgumentException if it is no object in JSON
	 */
	Map<String, Object> encode(Object row) {
		JsonNode columns = this.codecs.tree(row);
		if (!columns.isObject()) {
			throw new IllegalArgumentException(
					"A " + row.getClass().getName() + " is no row: give a map, a record or a bean");
		}
		Map<String, Object> present = new LinkedHashMap<>();
		columns.forEachEntry((column, content) -> {
			if (!content.isNull()) {
				present.put(name(column), value(content));
			}
		});
		return present;
	}

	/**
	 * What is structured is JSON, except for lists of scalars, which are taken for
	 * arrays.
	 */
	private static Object value(JsonNode content) {
		return (content.isContainer() && !isArrayOfScalars(content)) ? content
				: JSON.convertValue(content, Object.class);
	}

	private static boolean isArrayOfScalars(JsonNode content) {
		return content.isArray() && content.valueStream()
			.noneMatch((element) -> element.isObject() || (element.isArray() && !isArrayOfScalars(element)));
	}

	private static String name(String column) {
		return PLAIN.matcher(column).matches() ? column
				: "\"" + column.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
	}

}
