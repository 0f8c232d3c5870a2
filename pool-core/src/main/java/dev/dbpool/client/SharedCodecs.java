package dev.dbpool.client;

import java.util.ArrayList;
import java.util.List;

import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The codecs of a builder, made once for all clients.
 *
 * @param messageReaders read answers
 * @param messageWriters write requests
 */
record SharedCodecs(List<HttpMessageReader<?>> messageReaders,
		List<HttpMessageWriter<?>> messageWriters) implements ExchangeStrategies {

	/**
	 * Makes the codecs as a client of the builder would have them.
	 */
	static SharedCodecs of(WebClient.Builder builder) {
		List<HttpMessageReader<?>> readers = new ArrayList<>();
		List<HttpMessageWriter<?>> writers = new ArrayList<>();
		builder.clone().codecs((codecs) -> {
			readers.addAll(codecs.getReaders());
			writers.addAll(codecs.getWriters());
		}).build();
		return new SharedCodecs(List.copyOf(readers), List.copyOf(writers));
	}

}
