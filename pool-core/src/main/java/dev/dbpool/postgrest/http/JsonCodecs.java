package dev.dbpool.postgrest.http;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;

import dev.dbpool.postgrest.value.Json;
import dev.dbpool.postgrest.value.PostgresTypes;
import dev.dbpool.postgrest.value.StorableText;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.module.SimpleValueInstantiators;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.codec.Decoder;
import org.springframework.core.codec.Encoder;
import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.AbstractJacksonDecoder;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.http.codec.json.JacksonJsonEncoder;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The JSON codecs of a {@code WebClient}, completed by {@link PostgresTypes}: the mapper
 * stays the application's in all else. Codecs of another kind are used as they are.
 * Immutable.
 * <p>
 * What a codec has learned about a type is kept, so make these once for each client.
 */
public final class JsonCodecs {

	private static final ResolvableType ANY_OBJECT = ResolvableType.forClass(Map.class);

	private static final Map<WebClient, JsonCodecs> CLIENTS = new ConcurrentReferenceHashMap<>();

	/**
	 * The mappers that complete those of applications, which refer to their contexts.
	 * Weak on both sides: the codecs that use such a mapper keep it.
	 */
	private static final Map<JsonMapper, WeakReference<JsonMapper>> EXACT_MAPPERS = Collections
		.synchronizedMap(new WeakHashMap<>());

	private final SingletonSupplier<Optional<Reading>> reading;

	private final SingletonSupplier<List<Writing>> writing;

	private JsonCodecs(List<HttpMessageReader<?>> readers, List<HttpMessageWriter<?>> writers) {
		this.reading = SingletonSupplier.of(() -> reading(readers));
		this.writing = SingletonSupplier.of(() -> writing(writers));
	}

	/**
	 * The codecs of the clients that a builder builds.
	 * @param builder the builder, which is left as it is
	 * @return the codecs
	 */
	public static JsonCodecs of(WebClient.Builder builder) {
		List<HttpMessageReader<?>> readers = new ArrayList<>();
		List<HttpMessageWriter<?>> writers = new ArrayList<>();
		builder.clone().codecs((codecs) -> {
			readers.addAll(codecs.getReaders());
			writers.addAll(codecs.getWriters());
		}).build();
		return new JsonCodecs(readers, writers);
	}

	/**
	 * The codecs of a client.
	 * @param codecs all codecs that the client has
	 * @return those for JSON
	 */
	public static JsonCodecs of(ExchangeStrategies codecs) {
		return new JsonCodecs(codecs.messageReaders(), codecs.messageWriters());
	}

	/**
	 * The codecs of a client, the same ones for each exchange over it.
	 */
	static JsonCodecs of(WebClient client) {
		return CLIENTS.computeIfAbsent(client, (key) -> of(key.mutate()));
	}

	/**
	 * The codecs that write the body of a request.
	 */
	static JsonCodecs of(BodyInserter.Context context) {
		return new JsonCodecs(List.of(), context.messageWriters());
	}

	/**
	 * Whether there is a codec that reads JSON. A client with an exchange function of its
	 * own does not show its codecs.
	 */
	boolean canRead() {
		return this.reading.obtain().isPresent();
	}

	/**
	 * The mapper that reads the rows.
	 * @return the mapper, or empty if the client has no JSON codec of Jackson
	 */
	public Optional<JsonMapper> mapper() {
		return this.reading.obtain()
			.map(Reading::mapper)
			.filter(JsonMapper.class::isInstance)
			.map(JsonMapper.class::cast);
	}

	/**
	 * Encodes a row, or several.
	 * @param rows a map, record or bean, or a collection of them
	 * @return the tree, exact: numbers with a fraction are decimals
	 * @throws CodecException when they cannot be encoded
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
	 * @throws CodecException when they cannot be encoded
	 * @throws IllegalArgumentException when PostgreSQL cannot store a text in them
	 */
	public Optional<String> encode(Object rows) {
		return bytes(rows).map((json) -> new String(json, StandardCharsets.UTF_8));
	}

	/**
	 * Encodes a body: each body of JSON passes here, and no text in it that PostgreSQL
	 * cannot store passes.
	 * @param body what is sent; a text is JSON already
	 */
	Optional<byte[]> bytes(Object body) {
		if (body instanceof CharSequence text) {
			return Optional.of(StorableText.requireInJson(text.toString()).getBytes(StandardCharsets.UTF_8));
		}
		ResolvableType type = ResolvableType.forInstance(body);
		for (Writing candidate : this.writing.obtain()) {
			if (candidate.writer().canWrite(type, MediaType.APPLICATION_JSON)) {
				return Optional.of(StorableText.requireInJson(encode(candidate.encoder(), body, type)));
			}
		}
		return Optional.empty();
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
			throw (ex instanceof EncodingException) ? ex : new EncodingException(String.valueOf(ex.getMessage()), ex);
		}
	}

	private Reading reading() {
		return this.reading.obtain()
			.orElseThrow(() -> new IllegalStateException("The WebClient has no codec that reads JSON"));
	}

	/**
	 * Decodes rows, nulls among them. What is no array counts as one row. Errors of the
	 * JVM, such as one of memory, become failures of this operation: Reactor would let
	 * them go past its subscriber.
	 */
	<T> Rows<T> rows(AnswerBytes body, ResolvableType type, PostgrestRequest request) {
		Reading codec = reading();
		ObjectMapper mapper = codec.mapper();
		try {
			return (mapper != null)
					? read(reader(codec.manyRows(), mapper, Rows.class, type), body, Rows.ColumnCheck.of(type, request))
					: foreignRows(codec.decoder(), ByteBuffer.wrap(body.array(), 0, body.length()), type);
		}
		catch (Throwable ex) {
			throw DecodingFailures.of(ex, type, 0);
		}
	}

	private static <R> R read(ObjectReader reader, AnswerBytes body, Rows.ColumnCheck check) {
		ObjectReader checking = check.addTo(reader);
		R rows = body.isOneArray() ? checking.readValue(body.array(), 0, body.length())
				: checking.readValue(body.stream());
		check.end();
		return rows;
	}

	private static ObjectReader reader(Map<Type, ObjectReader> known, ObjectMapper mapper, Class<?> rows,
			ResolvableType type) {
		return known.computeIfAbsent(type.getType(), (row) -> mapper
			.readerFor(mapper.getTypeFactory().constructParametricType(rows, mapper.constructType(row))));
	}

	@SuppressWarnings("unchecked")
	private static <T> Rows<T> foreignRows(Decoder<Object> decoder, ByteBuffer body, ResolvableType type) {
		boolean isArray = startsArray(body);
		Object decoded = decode(decoder, body, isArray ? ResolvableType.forClassWithGenerics(List.class, type) : type);
		return new Rows<>(
				(isArray && decoded instanceof List<?> rows) ? (List<T>) rows : Collections.singletonList((T) decoded),
				isArray);
	}

	private static boolean startsArray(ByteBuffer json) {
		for (int i = json.position(); i < json.limit(); i++) {
			if (!Character.isWhitespace(json.get(i))) {
				return json.get(i) == '[';
			}
		}
		return false;
	}

	/**
	 * Decodes one row, or one value. Errors of the JVM become failures of this operation.
	 */
	@SuppressWarnings("unchecked")
	<T> Rows.One<T> row(AnswerBytes body, ResolvableType type, PostgrestRequest request) {
		Reading codec = reading();
		ObjectMapper mapper = codec.mapper();
		try {
			return (mapper != null)
					? read(reader(codec.oneRow(), mapper, Rows.One.class, type), body,
							Rows.ColumnCheck.of(type, request))
					: new Rows.One<>(
							(T) decode(codec.decoder(), ByteBuffer.wrap(body.array(), 0, body.length()), type));
		}
		catch (Throwable ex) {
			throw DecodingFailures.of(ex, type, 0);
		}
	}

	private static @Nullable Object decode(Decoder<Object> decoder, ByteBuffer body, ResolvableType type) {
		return decoder.decode(DefaultDataBufferFactory.sharedInstance.wrap(body), type, MediaType.APPLICATION_JSON,
				Map.of());
	}

	/**
	 * Decodes rows one by one. One that is null is an error, since a stream has no nulls.
	 */
	@SuppressWarnings("unchecked")
	<T> Flux<T> elements(Flux<DataBuffer> body, MediaType contentType, ResolvableType type, PostgrestRequest request) {
		Reading codec = reading();
		if (codec.mapper() == null) {
			return (Flux<T>) codec.decoder().decode(body, type, contentType, Map.of());
		}
		Rows.ColumnCheck check = Rows.ColumnCheck.of(type, request);
		long[] read = new long[1];
		return codec.decoder()
			.decode(body, ResolvableType.forClassWithGenerics(Rows.One.class, type), contentType,
					Map.of(Rows.ColumnCheck.HINT, check))
			.onErrorMap(CodecException.class, (failure) -> DecodingFailures.of(failure, type, read[0]))
			.doOnNext((row) -> read[0]++)
			.map((row) -> ((Rows.One<T>) row).value(type, read[0] - 1))
			.doOnComplete(check::end);
	}

	@SuppressWarnings("unchecked")
	private static Optional<Reading> reading(List<HttpMessageReader<?>> readers) {
		for (HttpMessageReader<?> reader : readers) {
			if (reader.canRead(ANY_OBJECT, MediaType.APPLICATION_JSON)
					&& reader instanceof DecoderHttpMessageReader<?> decoding) {
				Decoder<?> decoder = exact(decoding.getDecoder());
				ObjectMapper mapper = (decoder instanceof AbstractJacksonDecoder<?> jackson) ? jackson.getMapper()
						: null;
				return Optional.of(new Reading((Decoder<Object>) decoder, mapper, new ConcurrentReferenceHashMap<>(),
						new ConcurrentReferenceHashMap<>()));
			}
		}
		return Optional.empty();
	}

	private static Decoder<?> exact(Decoder<?> decoder) {
		if (decoder.getClass() != JacksonJsonDecoder.class) {
			return decoder;
		}
		JacksonJsonDecoder plain = (JacksonJsonDecoder) decoder;
		JacksonJsonDecoder exact = new RowDecoder(exact(plain.getMapper()));
		exact.setMaxInMemorySize(plain.getMaxInMemorySize());
		return exact;
	}

	@SuppressWarnings("unchecked")
	private static List<Writing> writing(List<HttpMessageWriter<?>> writers) {
		return writers.stream()
			.filter(EncoderHttpMessageWriter.class::isInstance)
			.map((writer) -> new Writing(writer,
					(Encoder<Object>) exact(((EncoderHttpMessageWriter<?>) writer).getEncoder())))
			.toList();
	}

	private static Encoder<?> exact(Encoder<?> encoder) {
		return (encoder.getClass() == JacksonJsonEncoder.class)
				? new JacksonJsonEncoder(exact(((JacksonJsonEncoder) encoder).getMapper())) : encoder;
	}

	private static JsonMapper exact(JsonMapper mapper) {
		WeakReference<JsonMapper> known = EXACT_MAPPERS.get(mapper);
		JsonMapper exact = (known != null) ? known.get() : null;
		if (exact == null) {
			exact = PostgresTypes.exact(mapper.rebuild().addModule(instantiators()));
			EXACT_MAPPERS.put(mapper, new WeakReference<>(exact));
		}
		return exact;
	}

	private static SimpleModule instantiators() {
		SimpleModule module = new SimpleModule(ConstructorCalls.class.getName());
		module.setValueInstantiators(new Instantiators());
		return module;
	}

	/**
	 * What reads JSON, with the readers of the types that were read. These are softly
	 * referenced, since a program may make types without end.
	 *
	 * @param decoder reads streams, and everything if it is no codec of Jackson
	 * @param mapper reads whole answers
	 * @param manyRows the readers of several rows, by the type of a row
	 * @param oneRow the readers of one row, by its type
	 */
	private record Reading(Decoder<Object> decoder, @Nullable ObjectMapper mapper, Map<Type, ObjectReader> manyRows,
			Map<Type, ObjectReader> oneRow) {
	}

	/**
	 * What writes JSON.
	 *
	 * @param writer knows which types the encoder writes
	 * @param encoder writes
	 */
	private record Writing(HttpMessageWriter<?> writer, Encoder<Object> encoder) {
	}

	/**
	 * Passes the check of columns on to {@link Rows}.
	 */
	private static final class RowDecoder extends JacksonJsonDecoder {

		RowDecoder(JsonMapper mapper) {
			super(mapper);
		}

		@Override
		protected ObjectReader customizeReader(ObjectReader reader, ResolvableType type,
				@Nullable Map<String, Object> hints) {
			return (hints != null && hints.get(Rows.ColumnCheck.HINT) instanceof Rows.ColumnCheck check)
					? check.addTo(reader) : reader;
		}

	}

	/**
	 * Replaces the instantiators of Jackson. Those of other modules are left as they are.
	 */
	private static final class Instantiators extends SimpleValueInstantiators {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueInstantiator modifyValueInstantiator(DeserializationConfig config, BeanDescription.Supplier type,
				ValueInstantiator instantiator) {
			MethodHandle constructor = ConstructorCalls.constructor(instantiator);
			return (constructor != null) ? new ConstructorCalls((StdValueInstantiator) instantiator, constructor)
					: instantiator;
		}

	}

	/**
	 * Makes rows by the constructor that Jackson has chosen, such as that of a record,
	 * through a method handle that takes an array. Jackson 3.1 lets a handle adapt itself
	 * to the arguments of each row, which takes a seventh of the time in which a long
	 * answer is read. Failures are those of Jackson.
	 */
	private static final class ConstructorCalls extends StdValueInstantiator {

		private static final long serialVersionUID = 1L;

		private static final MethodType OF_ARRAY = MethodType.methodType(Object.class, Object[].class);

		private final transient MethodHandle constructor;

		private ConstructorCalls(StdValueInstantiator origin, MethodHandle constructor) {
			super(origin);
			this.constructor = constructor;
		}

		private static @Nullable MethodHandle constructor(ValueInstantiator instantiator) {
			if (instantiator.getClass() != StdValueInstantiator.class || instantiator.getWithArgsCreator() == null
					|| !(instantiator.getWithArgsCreator().getAnnotated() instanceof Constructor<?> constructor)) {
				return null;
			}
			try {
				return MethodHandles.lookup()
					.unreflectConstructor(constructor)
					.asFixedArity()
					.asSpreader(Object[].class, constructor.getParameterCount())
					.asType(OF_ARRAY);
			}
			catch (IllegalAccessException ex) {
				return null;
			}
		}

		@Override
		public Object createFromObjectWith(DeserializationContext context, Object[] arguments) {
			try {
				return this.constructor.invokeExact(arguments);
			}
			catch (Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				return context.handleInstantiationProblem(_valueClass, arguments, rewrapCtorProblem(context, ex));
			}
		}

	}

}
