package dev.dbpool.postgrest.http;

import java.io.InputStream;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.EncodingException;
import org.springframework.http.HttpStatus;
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
 * give a wanted {@code String} the JSON text rather than the value in it. What the server
 * sent is read as it is, or is an error: a list is not empty by having no body, and no
 * null is left out.
 */
final class JsonBody {

	private static final ResolvableType ANY_OBJECT = ResolvableType.forClass(Map.class);

	private JsonBody() {
	}

	/**
	 * Reads all elements together, which costs half as much as one by one. What is no
	 * array counts as one element. Nulls stay in the list.
	 */
	static <T> Mono<List<T>> list(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		if (isOfVoidFunction(request, response)) {
			return response.releaseBody().thenReturn(List.of());
		}
		if (!isJson(response)) {
			return ErrorResponseReader.unexpected(request, response, "JSON").flatMap(Mono::error);
		}
		ObjectMapper mapper = mapper(response);
		if (mapper == null) {
			return response.body(JsonBody.<T>elements(type, Map.of())).collectList();
		}
		return AnswerBody.bytes(response)
			.flatMap((body) -> AnswerBody.isBlank(body) ? ErrorResponseReader.withoutBody(request, response)
					: Mono.just(JsonBody.<T>list(mapper, body.getInputStream(), request, type)))
			.flatMap((rows) -> rows.isAbsent() && !isCall(request) ? ErrorResponseReader.withoutBody(request, response)
					: Mono.just(rows.list()));
	}

	private static <T> Rows<T> list(ObjectMapper mapper, InputStream body, PostgrestRequest request,
			ResolvableType type) {
		ColumnCheck check = ColumnCheck.of(type, request);
		Rows<T> rows = decode(mapper, body, ResolvableType.forClassWithGenerics(Rows.class, type), type, check);
		check.end();
		return rows;
	}

	/**
	 * Reads the elements one by one. One that is null is an error, since a stream has no
	 * nulls.
	 */
	static <T> Flux<T> elements(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		if (isOfVoidFunction(request, response)) {
			return response.releaseBody().thenMany(Flux.empty());
		}
		if (!isJson(response)) {
			return ErrorResponseReader.unexpected(request, response, "JSON").flatMapMany(Flux::error);
		}
		return Flux.defer(() -> {
			boolean[] filled = new boolean[1];
			ClientResponse observed = response.mutate()
				.body((body) -> body.doOnNext((part) -> filled[0] = filled[0] || !AnswerBody.isBlank(part)))
				.build();
			return JsonBody.<T>present(request, observed, type)
				.concatWith(Mono
					.defer(() -> filled[0] ? Mono.empty() : ErrorResponseReader.withoutBody(request, response)));
		});
	}

	private static <T> Flux<T> present(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		if (mapper(response) == null) {
			return response.body(JsonBody.<T>elements(type, Map.of()));
		}
		return Flux.defer(() -> {
			ColumnCheck check = ColumnCheck.of(type, request);
			long[] read = new long[1];
			ResolvableType rowType = ResolvableType.forClassWithGenerics(Rows.One.class, type);
			return response.body(JsonBody.<Rows.One<T>>elements(rowType, Map.of(ColumnCheck.HINT, check)))
				.onErrorMap(CodecException.class, (failure) -> DecodingFailures.of(failure, type, read[0]))
				.doOnNext((row) -> read[0]++)
				.map((row) -> row.value(type, read[0] - 1))
				.doOnComplete(check::end);
		});
	}

	/**
	 * Reads the value that a function returns, or nothing when it is null, or when the
	 * function returns none.
	 */
	static <T> Mono<T> value(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		if (isOfVoidFunction(request, response)) {
			return response.releaseBody().then(Mono.empty());
		}
		return JsonBody.<T>one(request, response, type).flatMap((row) -> Mono.justOrEmpty(row.value()));
	}

	/**
	 * Reads the one row; null is an error.
	 */
	static <T> Mono<T> row(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		return JsonBody.<T>one(request, response, type).map((row) -> row.value(type, 0));
	}

	private static <T> Mono<Rows.One<T>> one(PostgrestRequest request, ClientResponse response, ResolvableType type) {
		if (!isJson(response)) {
			return ErrorResponseReader.unexpected(request, response, "JSON").flatMap(Mono::error);
		}
		ObjectMapper mapper = mapper(response);
		if (mapper == null) {
			return response.body(JsonBody.<T>value(type)).map(Rows.One::new).defaultIfEmpty(new Rows.One<>(null));
		}
		return AnswerBody.bytes(response)
			.flatMap((body) -> AnswerBody.isBlank(body) ? ErrorResponseReader.withoutBody(request, response)
					: Mono.just(JsonBody.<T>one(mapper, body.getInputStream(), request, type)));
	}

	private static <T> Rows.One<T> one(ObjectMapper mapper, InputStream body, PostgrestRequest request,
			ResolvableType type) {
		ColumnCheck check = ColumnCheck.of(type, request);
		Rows.One<T> row = decode(mapper, body, ResolvableType.forClassWithGenerics(Rows.One.class, type), type, check);
		check.end();
		return row;
	}

	/**
	 * Decodes all of a body. Errors of the JVM, such as one of memory, become failures of
	 * this operation: Reactor would let them go past its subscriber.
	 */
	private static <T> T decode(ObjectMapper mapper, InputStream body, ResolvableType wanted, ResolvableType type,
			ColumnCheck check) {
		try {
			JavaType javaType = mapper.getTypeFactory().constructType(wanted.getType());
			ObjectReader reader = mapper.readerFor(javaType).withAttribute(ColumnCheck.HINT, check);
			return reader.readValue(body);
		}
		catch (Throwable ex) {
			throw DecodingFailures.of(ex, type, 0);
		}
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

	static boolean isJson(ClientResponse response) {
		return isJson(ErrorResponseReader.contentType(response).orElse(MediaType.APPLICATION_JSON));
	}

	static boolean isJson(MediaType type) {
		return MediaType.APPLICATION_JSON.isCompatibleWith(type) || "json".equals(type.getSubtypeSuffix());
	}

	static boolean isCall(PostgrestRequest request) {
		return request.path().startsWith("/rpc/");
	}

	/**
	 * Whether a function was called that returns {@code void}: PostgREST answers by 204
	 * then.
	 */
	static boolean isOfVoidFunction(PostgrestRequest request, ClientResponse response) {
		return isCall(request) && response.statusCode().isSameCodeAs(HttpStatus.NO_CONTENT);
	}

	private static <T> BodyExtractor<Flux<T>, ReactiveHttpInputMessage> elements(ResolvableType type,
			Map<String, Object> hints) {
		return (message, context) -> JsonBody.<T>reader(context.messageReaders()).read(type, message, hints);
	}

	private static <T> BodyExtractor<Mono<T>, ReactiveHttpInputMessage> value(ResolvableType type) {
		return (message, context) -> JsonBody.<T>reader(context.messageReaders())
			.readMono(type, message, context.hints());
	}

	/**
	 * Returns the mapper by which rows are read, or nothing when the client has a codec
	 * of another kind.
	 */
	static @Nullable ObjectMapper mapper(ClientResponse response) {
		HttpMessageReader<?> reader = reader(response.strategies().messageReaders());
		return (reader instanceof DecoderHttpMessageReader<?> decoding
				&& decoding.getDecoder() instanceof AbstractJacksonDecoder<?> decoder) ? decoder.getMapper() : null;
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

}
