package dev.dbpool.postgrest.value;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.StdDateFormat;

/**
 * The settings of a JSON mapper that the wire needs, whatever the application has chosen
 * for its own JSON. An application's choices about its own types remain: naming
 * strategies, annotations, enum names, custom serializers, and which properties of its
 * records and beans are left out.
 */
final class WireSettings {

	private WireSettings() {
	}

	static JsonMapper.Builder apply(JsonMapper.Builder mapper) {
		return reading(writing(values(mapper)));
	}

	/**
	 * PostgreSQL reads dates as ISO 8601 texts only, and an offset is a part of the value
	 * where the column has no time zone.
	 */
	private static JsonMapper.Builder values(JsonMapper.Builder mapper) {
		return mapper
			.disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DATE_KEYS_AS_TIMESTAMPS,
					DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS, DateTimeFeature.WRITE_DATES_WITH_ZONE_ID,
					DateTimeFeature.WRITE_DATES_WITH_CONTEXT_TIME_ZONE, DateTimeFeature.TRUNCATE_TO_MSECS_ON_WRITE,
					DateTimeFeature.TRUNCATE_TO_MSECS_ON_READ)
			.defaultDateFormat(new StdDateFormat())
			.disable(JsonWriteFeature.WRITE_NUMBERS_AS_STRINGS)
			.enable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
			.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
			.enable(JsonNodeFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
	}

	/**
	 * Rows are objects, and lists are arrays, with all of their elements and nulls.
	 */
	private static JsonMapper.Builder writing(JsonMapper.Builder mapper) {
		return mapper
			.disable(SerializationFeature.WRAP_ROOT_VALUE, SerializationFeature.INDENT_OUTPUT,
					SerializationFeature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
			.enable(SerializationFeature.WRITE_EMPTY_JSON_ARRAYS)
			.enable(JsonWriteFeature.QUOTE_PROPERTY_NAMES)
			.enable(JsonNodeFeature.WRITE_NULL_PROPERTIES)
			.deactivateDefaultTyping()
			.changeDefaultPropertyInclusion((inclusion) -> inclusion.withContentInclusion(JsonInclude.Include.ALWAYS));
	}

	private static JsonMapper.Builder reading(JsonMapper.Builder mapper) {
		return mapper.disable(DeserializationFeature.UNWRAP_ROOT_VALUE).enable(JsonNodeFeature.READ_NULL_PROPERTIES);
	}

}
