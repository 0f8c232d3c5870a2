package dev.dbpool.postgrest.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.dbpool.postgrest.value.Json;
import dev.dbpool.postgrest.value.StorableText;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.Encoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageReader;
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

	static RowJson of(List<HttpMessageWriter<?>> writers) {
		return new RowJson(writers);
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
	 * The mapper that reads the rows of a client, completed for the types of PostgreSQL.
	 * @param readers the codecs of the client
	 * @return the mapper, or empty when the client has no JSON codec of Jackson
	 */
	public static Optional<JsonMapper> mapper(List<HttpMessageReader<?>> readers) {
		return ExactCodecs.mapper(readers);
	}

	/**
	 * Encodes a row, or several.
	 * @param rows a map, record or bean, or a collection of them
	 * @return the tree, exact: numbers with a fraction are decimals
	 * @throws org.springframework.core.codec.CodecException when they cannot be encoded
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in them
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
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in them
	 */
	public Optional<String> encode(Object rows) {
		return bytes(rows).map((json) -> new String(json, StandardCharsets.UTF_8));
	}

	/**
	 * Encodes a body: each body passes here, and no text in it that PostgreSQL cannot
	 * store passes.
	 * @param body what is sent; a text is JSON already
	 */
	Optional<byte[]> bytes(Object body) {
		if (body instanceof CharSequence text) {
			return Optional.of(StorableText.requireInJson(text.toString()).getBytes(StandardCharsets.UTF_8));
		}
		ResolvableType type = ResolvableType.forInstance(body);
		return find(type).map((encoder) -> StorableText.requireInJson(encode(encoder, body, type)));
	}

	private static byte[] encode(Encoder<Object> encoder, Object body, ResolvableType type) {
		try {
			DataBuffer json = encoder.encodeValue(body, DefaultDataBufferFactory.sharedInstance, type,
					MediaType.APPLICATION_JSON, Map.of());
			byte[] bytes = new byte[json.readableByteCount()];
			json.read(bytes);
			return bytes;
		}
		catch (CodecException ex) {
			throw JsonBody.unwritable(ex);
		}
	}

	/**
	 * The columns that the request must list, since not all of the rows have the same
	 * ones.
	 * @param columns the columns of each row
	 * @return all columns, or empty when every row has the same ones
	 */
	public static Optional<Set<String>> differing(List<Set<String>> columns) {
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
