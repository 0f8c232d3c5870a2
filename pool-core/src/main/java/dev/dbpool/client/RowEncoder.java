package dev.dbpool.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.Encoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageWriter;
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

	private static final ResolvableType ROW = ResolvableType.forClass(Map.class);

	private final List<HttpMessageWriter<?>> writers = new ArrayList<>();

	RowEncoder(WebClient.Builder builder) {
		builder.clone().codecs((codecs) -> this.writers.addAll(codecs.getWriters())).build();
	}

	/**
	 * Encodes a row.
	 * @param row a map, record or bean
	 * @return the columns that have a value, named as filters take them
	 * @throws IllegalArgumentException if it is no object in JSON
	 */
	Map<String, Object> encode(Object row) {
		DataBuffer json = encoder().encodeValue(row, DefaultDataBufferFactory.sharedInstance,
				ResolvableType.forInstance(row), MediaType.APPLICATION_JSON, Map.of());
		Object value = JSON.readValue(json.asInputStream(), Object.class);
		DataBufferUtils.release(json);
		if (!(value instanceof Map<?, ?> columns)) {
			throw new IllegalArgumentException(
					"A " + row.getClass().getName() + " is no row: give a map, a record or a bean");
		}
		Map<String, Object> present = new LinkedHashMap<>();
		columns.forEach((column, content) -> {
			if (content != null) {
				present.put(name(String.valueOf(column)), content);
			}
		});
		return present;
	}

	private static String name(String column) {
		return PLAIN.matcher(column).matches() ? column
				: "\"" + column.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
	}

	@SuppressWarnings("unchecked")
	private Encoder<Object> encoder() {
		for (HttpMessageWriter<?> writer : this.writers) {
			if (writer instanceof EncoderHttpMessageWriter<?> encoding
					&& encoding.canWrite(ROW, MediaType.APPLICATION_JSON)) {
				return (Encoder<Object>) encoding.getEncoder();
			}
		}
		throw new IllegalStateException("The WebClient has no codec that writes JSON");
	}

}
