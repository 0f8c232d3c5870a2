package dev.dbpool.client;

import java.util.function.Consumer;

import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.codec.ClientCodecConfigurer;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.http.codec.json.JacksonJsonEncoder;

/**
 * How the columns are named of the properties of records and beans, unless an annotation
 * names them.
 */
public enum ColumnNaming implements Consumer<ClientCodecConfigurer> {

	/**
	 * As the application's JSON mapper names them: {@code modelName} for a component
	 * {@code modelName}, unless it has a naming strategy.
	 */
	AS_MAPPED {

		@Override
		public void accept(ClientCodecConfigurer codecs) {
			// the mapper stays as it is
		}

	},

	/**
	 * In snake case: {@code model_name} for a component {@code modelName}.
	 */
	SNAKE_CASE {

		@Override
		public void accept(ClientCodecConfigurer codecs) {
			for (HttpMessageReader<?> reader : codecs.getReaders()) {
				if (reader instanceof DecoderHttpMessageReader<?> decoding
						&& decoding.getDecoder() instanceof JacksonJsonDecoder decoder) {
					JacksonJsonDecoder snakeCase = new JacksonJsonDecoder(snakeCase(decoder.getMapper()));
					snakeCase.setMaxInMemorySize(decoder.getMaxInMemorySize());
					codecs.defaultCodecs().jacksonJsonDecoder(snakeCase);
				}
			}
			for (HttpMessageWriter<?> writer : codecs.getWriters()) {
				if (writer instanceof EncoderHttpMessageWriter<?> encoding
						&& encoding.getEncoder() instanceof JacksonJsonEncoder encoder) {
					codecs.defaultCodecs().jacksonJsonEncoder(new JacksonJsonEncoder(snakeCase(encoder.getMapper())));
				}
			}
		}

	};

	private static JsonMapper snakeCase(JsonMapper mapper) {
		return mapper.rebuild().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
	}

}
