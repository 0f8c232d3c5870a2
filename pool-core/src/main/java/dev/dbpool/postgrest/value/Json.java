package dev.dbpool.postgrest.value;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.http.codec.json.JacksonJsonEncoder;

/**
 * JSON that is ours rather than the application's: error bodies, and maps as operands.
 */
public final class Json {

	private static final JsonMapper MAPPER = PostgresTypes.exact(JsonMapper.builder());

	private static final JacksonJsonEncoder ENCODER = new JacksonJsonEncoder(MAPPER);

	private static final JacksonJsonDecoder DECODER = new JacksonJsonDecoder(MAPPER);

	private static final ResolvableType OBJECT = ResolvableType.forClassWithGenerics(Map.class, String.class,
			Object.class);

	private Json() {
	}

	/**
	 * Writes a value.
	 * @param value the value
	 * @return the JSON
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in it
	 */
	public static String write(Object value) {
		return StorableText.requireInJson(
				ENCODER
					.encodeValue(value, DefaultDataBufferFactory.sharedInstance, ResolvableType.forInstance(value),
							MediaType.APPLICATION_JSON, null)
					.toString(StandardCharsets.UTF_8));
	}

	/**
	 * Reads a tree, exactly: numbers with a fraction are decimals.
	 * @param json the text
	 * @return the tree
	 * @throws DecodingException when the text is no JSON
	 */
	public static JsonNode readTree(String json) {
		try {
			return MAPPER.readTree(json);
		}
		catch (JacksonException ex) {
			throw new DecodingException("JSON decoding error: " + ex.getOriginalMessage(), ex);
		}
	}

	/**
	 * Turns a value into a tree, exactly: numbers with a fraction are decimals.
	 */
	static JsonNode tree(Object value) {
		return MAPPER.valueToTree(value);
	}

	/**
	 * Reads a value that came as JSON as another type.
	 * @throws JacksonException when it does not fit
	 */
	static <T> T convert(Object value, ResolvableType type) {
		return MAPPER.convertValue(value, MAPPER.constructType(type.getType()));
	}

	/**
	 * Reads the names of the properties of each element of an array.
	 * @param array the text in UTF-8
	 * @return the names of each element, none for one that is no object
	 * @throws DecodingException when the text is no JSON
	 */
	public static List<Set<String>> propertyNames(byte[] array) {
		List<Set<String>> names = new ArrayList<>();
		try (JsonParser parser = MAPPER.createParser(array)) {
			parser.nextToken();
			for (JsonToken token = parser.nextToken(); token != null
					&& token != JsonToken.END_ARRAY; token = parser.nextToken()) {
				names.add((token == JsonToken.START_OBJECT) ? propertyNames(parser) : Set.of());
			}
		}
		catch (JacksonException ex) {
			throw new DecodingException("JSON decoding error: " + ex.getOriginalMessage(), ex);
		}
		return names;
	}

	private static Set<String> propertyNames(JsonParser object) {
		Set<String> names = new LinkedHashSet<>();
		while (object.nextToken() == JsonToken.PROPERTY_NAME) {
			names.add(object.currentName());
			object.nextToken();
			object.skipChildren();
		}
		return names;
	}

	/**
	 * Reads an object, or nothing when the text is none.
	 * @param json the text in UTF-8
	 * @return the properties of the object
	 */
	@SuppressWarnings("unchecked")
	public static Map<String, @Nullable Object> readObject(byte[] json) {
		try {
			Object value = DECODER.decode(DefaultDataBufferFactory.sharedInstance.wrap(json), OBJECT,
					MediaType.APPLICATION_JSON, null);
			return (value instanceof Map<?, ?> map) ? (Map<String, @Nullable Object>) map : Map.of();
		}
		catch (CodecException ex) {
			return Map.of();
		}
	}

}
