package dev.dbpool.postgrest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import tools.jackson.databind.JsonNode;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.Encoder;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Rows as the JSON in which they are sent: with the names and values that the codec of a
 * {@code WebClient} gives them, completed for the types of PostgreSQL. Immutable.
 */
public final class RowJson {

	private final List<HttpMessageWriter<?>> writers;

	private RowJson(List<HttpMessageWriter<?>> writers) {
		this.writers = List.copyOf(writers);
	}

	/**
	 * The JSON of the rows that a client sends.
	 * @param builder the builder of the client, which is left as it is
	 * @return the JSON
	 */
	public static RowJson of(WebClient.Builder builder) {
		List<HttpMessageWriter<?>> writers = new ArrayList<>();
		builder.clone().codecs((codecs) -> writers.addAll(codecs.getWriters())).build();
		return new RowJson(writers);
	}

	/**
	 * Encodes a row, or several.
	 * @param rows a map, record or bean, or a collection of them
	 * @return the tree, exact: numbers with a fraction are decimals
	 * @throws org.springframework.core.codec.CodecException when they cannot be encoded
	 * @throws IllegalStateException when the client has no codec that writes JSON
	 */
	public JsonNode tree(Object rows) {
		return encode(rows).map(Json::readTree)
			.orElseThrow(() -> new IllegalStateException("The WebClient has no codec that writes JSON"));
	}

	/**
	 * Encodes rows, or what contains some, as text.
	 * @param rows what is sent
	 * @return the text; nothing when the client has no codec that is known to write JSON
	 * @throws org.springframework.core.codec.CodecException when they cannot be encoded
	 */
	public Optional<String> encode(Object rows) {
		ResolvableType type = ResolvableType.forInstance(rows);
		return find(type).map((encoder) -> encode(encoder, rows, type));
	}

	private static String encode(Encoder<Object> encoder, Object rows, ResolvableType type) {
		try {
			return encoder
				.encodeValue(rows, DefaultDataBufferFactory.sharedInstance, type, MediaType.APPLICATION_JSON, Map.of())
				.toString(StandardCharsets.UTF_8);
		}
		catch (CodecException ex) {
			throw JsonBody.unwritable(ex);
		}
	}

	/**
	 * The columns that PostgREST must be told, since not all of the rows have the same
	 * ones.
	 */
	static Optional<Set<String>> differing(List<Set<String>> columns) {
		Set<String> all = new LinkedHashSet<>();
		columns.forEach(all::addAll);
		return columns.stream().allMatch((some) -> some.size() == all.size()) ? Optional.empty() : Optional.of(all);
	}

	@SuppressWarnings("unchecked")
	private Optional<Encoder<Object>> find(ResolvableType type) {
		for (HttpMessageWriter<?> writer : this.writers) {
			if (writer.canWrite(type, MediaType.APPLICATION_JSON)
					&& ExactCodecs.exact(writer) instanceof EncoderHttpMessageWriter<?> encoding) {
				return Optional.of((Encoder<Object>) encoding.getEncoder());
			}
		}
		return Optional.empty();
	}

}
