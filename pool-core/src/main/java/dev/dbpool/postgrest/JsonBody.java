package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ReactiveHttpInputMessage;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.codec.AbstractJacksonDecoder;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.web.reactive.function.BodyExtractor;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads bodies by the JSON codec of the client, whatever the wanted type: Spring would
 * give a wanted {@code String} the JSON text rather than the value in it.
 */
final class JsonBody {

	private static final ResolvableType ANY_OBJECT = ResolvableType.forClass(Map.class);

	private JsonBody() {
	}

	/**
	 * Reads all elements at once, which costs half as much as one by one.
	 */
	static <T> Mono<Elements<T>> list(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		return isJson(response)
				? response.body(JsonBody.<T>list(type)).onErrorMap(CodecException.class, JsonBody::unreadable)
				: FailedResponse.unexpected(request, response, "JSON").flatMap(Mono::error);
	}

	static <T> Flux<T> elements(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		return isJson(response)
				? response.body(JsonBody.<T>elements(type)).onErrorMap(CodecException.class, JsonBody::unreadable)
				: FailedResponse.unexpected(request, response, "JSON").flatMapMany(Flux::error);
	}

	static <T> Mono<T> value(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		return isJson(response)
				? response.body(JsonBody.<T>value(type)).onErrorMap(CodecException.class, JsonBody::unreadable)
				: FailedResponse.unexpected(request, response, "JSON").flatMap(Mono::error);
	}

	/**
	 * Codecs do not say in which direction a type does not fit them.
	 */
	private static CodecException unreadable(CodecException failure) {
		return (failure instanceof DecodingException) ? failure
				: new DecodingException(String.valueOf(failure.getMessage()), failure);
	}

	static CodecException unwritable(CodecException failure) {
		return (failure instanceof EncodingException) ? failure
				: new EncodingException(String.valueOf(failure.getMessage()), failure);
	}

	/**
	 * Writes a body: bytes and texts as they are, anything else by the JSON codec of the
	 * client.
	 */
	static BodyInserter<Object, ReactiveHttpOutputMessage> inserter(Object body) {
		if (body instanceof byte[] bytes) {
			return (message, context) -> write(bytes, message);
		}
		if (body instanceof CharSequence) {
			return BodyInserters.fromValue(body);
		}
		return (message, context) -> RowJson.of(context.messageWriters())
			.bytes(body)
			.map((bytes) -> write(bytes, message))
			.orElseGet(() -> BodyInserters.fromValue(body).insert(message, context));
	}

	private static Mono<Void> write(byte[] bytes, ReactiveHttpOutputMessage message) {
		message.getHeaders().setContentLength(bytes.length);
		return message.writeWith(Mono.just(message.bufferFactory().wrap(bytes)));
	}

	private static boolean isJson(ClientResponse response) {
		MediaType type = FailedResponse.contentType(response).orElse(MediaType.APPLICATION_JSON);
		return MediaType.APPLICATION_JSON.isCompatibleWith(type) || "json".equals(type.getSubtypeSuffix());
	}

	private static <T> BodyExtractor<Mono<Elements<T>>, ReactiveHttpInputMessage> list(ResolvableType type) {
		return (message, context) -> {
			HttpMessageReader<T> reader = reader(context.messageReaders());
			if (reader instanceof DecoderHttpMessageReader<T> decoding
					&& decoding.getDecoder() instanceof AbstractJacksonDecoder<?> decoder) {
				return DataBufferUtils.join(message.getBody())
					.map((body) -> JsonBody.<T>decode(decoder, body, type, context.hints()))
					.switchIfEmpty(Mono.fromSupplier(() -> new Elements<>(new ArrayList<>(), 0)));
			}
			return reader.read(type, message, context.hints())
				.collectList()
				.map((elements) -> new Elements<>(elements, elements.size()));
		};
	}

	/**
	 * What is no array counts as one element; what is empty or null counts as none.
	 */
	@SuppressWarnings("unchecked")
	private static <T> Elements<T> decode(AbstractJacksonDecoder<?> decoder, DataBuffer body, ResolvableType type,
			Map<String, Object> hints) {
		int first = body.indexOf((character) -> !Character.isWhitespace(character), body.readPosition());
		if (first < 0) {
			DataBufferUtils.release(body);
			return new Elements<>(new ArrayList<>(), 0);
		}
		boolean array = body.getByte(first) == '[';
		ResolvableType wanted = array ? ResolvableType.forClassWithGenerics(List.class, type) : type;
		Object value = decoder.decode(body, wanted, MediaType.APPLICATION_JSON, hints);
		List<T> elements = array ? (List<T>) value : new ArrayList<>(Collections.singletonList((T) value));
		int received = elements.size();
		elements.removeIf(Objects::isNull);
		return new Elements<>(elements, array ? received : elements.size());
	}

	private static <T> BodyExtractor<Flux<T>, ReactiveHttpInputMessage> elements(ResolvableType type) {
		return (message, context) -> JsonBody.<T>reader(context.messageReaders()).read(type, message, context.hints());
	}

	private static <T> BodyExtractor<Mono<T>, ReactiveHttpInputMessage> value(ResolvableType type) {
		return (message, context) -> JsonBody.<T>reader(context.messageReaders())
			.readMono(type, message, context.hints());
	}

	@SuppressWarnings("unchecked")
	private static <T> HttpMessageReader<T> reader(List<HttpMessageReader<?>> readers) {
		for (HttpMessageReader<?> reader : readers) {
			if (reader.canRead(ANY_OBJECT, MediaType.APPLICATION_JSON)) {
				return (HttpMessageReader<T>) ExactCodecs.exact(reader);
			}
		}
		throw new IllegalStateException("The WebClient has no codec that reads JSON");
	}

	/**
	 * The elements of an array that are not null.
	 *
	 * @param <T> the type of an element
	 * @param list the elements
	 * @param received how many there were, with those that are null
	 */
	record Elements<T>(List<T> list, int received) {
	}

}
