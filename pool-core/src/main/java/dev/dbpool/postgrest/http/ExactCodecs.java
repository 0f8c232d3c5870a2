package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.postgrest.value.PostgresTypes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.Decoder;
import org.springframework.core.codec.Encoder;
import org.springframework.http.codec.AbstractJacksonDecoder;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.http.codec.json.JacksonJsonEncoder;
import org.springframework.util.ConcurrentReferenceHashMap;

/**
 * The JSON codecs of a {@code WebClient}, completed by {@link PostgresTypes}: the mapper
 * stays the application's in all else. Codecs of another kind are left as they are.
 */
final class ExactCodecs {

	private static final Map<JacksonJsonDecoder, DecoderHttpMessageReader<Object>> READERS = new ConcurrentReferenceHashMap<>();

	private static final Map<JacksonJsonEncoder, EncoderHttpMessageWriter<Object>> WRITERS = new ConcurrentReferenceHashMap<>();

	private ExactCodecs() {
	}

	static HttpMessageReader<?> exact(HttpMessageReader<?> reader) {
		if (reader instanceof DecoderHttpMessageReader<?> decoding) {
			Decoder<?> decoder = decoding.getDecoder();
			if (decoder.getClass() == JacksonJsonDecoder.class) {
				return READERS.computeIfAbsent((JacksonJsonDecoder) decoder, ExactCodecs::completed);
			}
		}
		return reader;
	}

	/**
	 * Finds the JSON mapper of some readers, completed.
	 */
	static Optional<JsonMapper> mapper(List<HttpMessageReader<?>> readers) {
		return readers.stream()
			.map(ExactCodecs::exact)
			.filter(DecoderHttpMessageReader.class::isInstance)
			.map((reader) -> ((DecoderHttpMessageReader<?>) reader).getDecoder())
			.filter(AbstractJacksonDecoder.class::isInstance)
			.map((decoder) -> ((AbstractJacksonDecoder<?>) decoder).getMapper())
			.filter(JsonMapper.class::isInstance)
			.map(JsonMapper.class::cast)
			.findFirst();
	}

	private static DecoderHttpMessageReader<Object> completed(JacksonJsonDecoder decoder) {
		JacksonJsonDecoder exact = new RowDecoder(PostgresTypes.exact(decoder.getMapper().rebuild()));
		exact.setMaxInMemorySize(decoder.getMaxInMemorySize());
		return new DecoderHttpMessageReader<>(exact);
	}

	static HttpMessageWriter<?> exact(HttpMessageWriter<?> writer) {
		if (writer instanceof EncoderHttpMessageWriter<?> encoding) {
			Encoder<?> encoder = encoding.getEncoder();
			if (encoder.getClass() == JacksonJsonEncoder.class) {
				return WRITERS.computeIfAbsent((JacksonJsonEncoder) encoder, ExactCodecs::completed);
			}
		}
		return writer;
	}

	private static EncoderHttpMessageWriter<Object> completed(JacksonJsonEncoder encoder) {
		return new EncoderHttpMessageWriter<>(
				new JacksonJsonEncoder(PostgresTypes.exact(encoder.getMapper().rebuild())));
	}

	/**
	 * Passes the check of columns on to {@link RowsDeserializer}.
	 */
	private static final class RowDecoder extends JacksonJsonDecoder {

		RowDecoder(JsonMapper mapper) {
			super(mapper);
		}

		@Override
		protected ObjectReader customizeReader(ObjectReader reader, ResolvableType type,
				@Nullable Map<String, Object> hints) {
			Object check = (hints != null) ? hints.get(ColumnCheck.HINT) : null;
			return (check != null) ? reader.withAttribute(ColumnCheck.HINT, check) : reader;
		}

	}

}
