package dev.dbpool.postgrest.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.dbpool.postgrest.HttpStub;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.value.Row;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.Decoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.json.JacksonJsonDecoder;
import org.springframework.util.MimeType;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link JsonCodecs}: codecs of Jackson, of another kind, and unknown ones.
 */
class JsonCodecsTests {

	private static final String JSON = "Content-Type: application/json\r\n";

	private static final PostgrestRequest REQUEST = PostgrestRequest.of(HttpMethod.GET, "/t");

	@Test
	void aMapperThatIsUsedNoMoreIsForgotten() {
		WeakReference<JsonMapper> mapper = usedMapper();
		Awaitility.await().atMost(Duration.ofSeconds(25)).until(() -> {
			System.gc();
			return mapper.get() == null;
		});
	}

	private static WeakReference<JsonMapper> usedMapper() {
		JsonMapper mapper = JsonMapper.builder().build();
		JsonCodecs codecs = JsonCodecs.of(WebClient.builder()
			.codecs((configurer) -> configurer.defaultCodecs().jacksonJsonDecoder(new JacksonJsonDecoder(mapper))));
		assertThat(codecs.mapper()).isPresent();
		return new WeakReference<>(mapper);
	}

	@Test
	void aCodecOfAnotherKindReadsWholeAnswers() {
		try (HttpStub stub = HttpStub.answering(200, JSON, " [{\"id\":1},null,{\"id\":3}]")) {
			assertThat(foreign(stub).from("t").select().list(Item.class).block()).containsExactly(new Item(1), null,
					new Item(3));
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "{\"id\":1}")) {
			PostgrestClient client = foreign(stub);
			assertThat(client.from("t").select().list(Item.class).block()).containsExactly(new Item(1));
			assertThat(client.from("t").select().single(Item.class).block()).isEqualTo(new Item(1));
			assertThat(client.rpc("f").readOnly().value(Item.class).block()).isEqualTo(new Item(1));
			assertThat(client.from("t").select().stream(Item.class).collectList().block()).containsExactly(new Item(1));
		}
		try (HttpStub stub = HttpStub.answering(200, JSON, "null")) {
			PostgrestClient client = foreign(stub);
			StepVerifier.create(client.rpc("f").readOnly().value(Item.class)).verifyComplete();
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> client.from("t").select().list(Item.class).block())
				.withMessageContaining("no rows and no value");
		}
	}

	@Test
	void whatACodecOfAnotherKindCannotReadIsAnError() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":\"x\"}]")) {
			assertThatExceptionOfType(DataRetrievalFailureException.class)
				.isThrownBy(() -> foreign(stub).from("t").select().list(Item.class).block())
				.withMessageContaining("as Item")
				.withMessageContaining("[GET /t]");
		}
	}

	@Test
	void aClientThatDoesNotShowItsCodecsIsReadByThoseOfItsAnswers() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[{\"id\":1}]")) {
			WebClient known = stub.builder().build();
			PostgrestClient client = PostgrestClient.create(stub.builder()
				.exchangeFunction((request) -> known.method(request.method())
					.uri(request.url())
					.exchangeToMono((response) -> response.bodyToMono(byte[].class)
						.map((body) -> response.mutate().body(new String(body)).build())))
				.build());
			assertThat(client.from("t").select().list(Item.class).block()).containsExactly(new Item(1));
			assertThat(client.from("t").select().stream(Item.class).collectList().block()).containsExactly(new Item(1));
		}
	}

	@Test
	void exchangesOverOneClientShareItsCodecs() {
		WebClient client = WebClient.create("http://localhost");
		assertThat(JsonCodecs.of(client)).isSameAs(JsonCodecs.of(client));
	}

	@Test
	void aBodyInSeveralBlocksIsRead() {
		AnswerBytes bytes = new AnswerBytes(AnswerBytes.Limit.DEFAULT);
		ByteBuffer body = ByteBuffer.wrap("[{\"id\":1}]".getBytes());
		bytes.add(7, 0, body::get);
		bytes.add(3, 0, body::get);
		assertThat(bytes.isOneArray()).isFalse();
		Answer answer = Answer.of(REQUEST, HttpStatus.OK, new HttpHeaders(), bytes, JsonCodecs.of(WebClient.builder()));
		assertThat(answer.list(ParameterizedTypeReference.<Item>forType(Item.class))).containsExactly(new Item(1));
		assertThat(answer.text("JSON")).isEqualTo("[{\"id\":1}]");
		assertThat(answer.body()).asString().isEqualTo("[{\"id\":1}]");
	}

	@Test
	void aLongAnswerIsReadOnAnotherThread() {
		String rows = "[{\"id\":\"" + "x".repeat(300_000) + "\"}]";
		assertThat(threadOf(rows)).startsWith("parallel-");
		assertThat(threadOf("[{\"id\":1}]")).doesNotStartWith("parallel-");
	}

	private static String threadOf(String rows) {
		try (HttpStub stub = HttpStub.answering(200, JSON, rows)) {
			PostgrestExchange exchange = new WebClientExchange(stub.builder().build());
			return exchange.mono(REQUEST, (answer) -> {
				answer.list(ParameterizedTypeReference.<Row>forType(Row.class));
				return Thread.currentThread().getName();
			}).block();
		}
	}

	@Test
	void anErrorOfTheJvmInTheReaderIsAnErrorOfTheResult() {
		try (HttpStub stub = HttpStub.answering(200, JSON, "[]")) {
			PostgrestExchange exchange = new WebClientExchange(stub.builder().build());
			StepVerifier.create(exchange.mono(REQUEST, (answer) -> {
				throw new OutOfMemoryError("in a test");
			})).verifyError(DataRetrievalFailureException.class);
		}
	}

	@Test
	void aRequestIsCompleteBeforeItIsSent() {
		PostgrestRequest request = PostgrestRequest.of(HttpMethod.POST, "/t")
			.withHeader("Prefer", "return=minimal")
			.withBody(List.of(new Item(1), Map.of("name", "ü")));
		PostgrestRequest sent = request.encoded(Preferences.parse("timezone=UTC,return=headers-only"),
				JsonCodecs.of(WebClient.builder()));
		assertThat(sent.target()).isEqualTo("/t?columns=id,name");
		assertThat(sent.fields().first("Prefer")).isEqualTo("return=minimal,timezone=UTC");
		assertThat(sent.fields().first("Content-Type")).isEqualTo(MediaType.APPLICATION_JSON.toString());
		assertThat((byte[]) sent.body()).asString(StandardCharsets.UTF_8).isEqualTo("[{\"id\":1},{\"name\":\"ü\"}]");
		assertThat(sent).hasToString("POST /t");
	}

	private static PostgrestClient foreign(HttpStub stub) {
		return PostgrestClient.create(stub.builder().codecs((codecs) -> {
			codecs.registerDefaults(false);
			codecs.customCodecs().register(new ForeignDecoder());
		}).build());
	}

	record Item(int id) {
	}

	/**
	 * A decoder that Spring does not know to be one of Jackson.
	 */
	private static final class ForeignDecoder implements Decoder<Object> {

		private final JsonMapper mapper = new JsonMapper();

		@Override
		public boolean canDecode(ResolvableType type, @Nullable MimeType mimeType) {
			return mimeType == null || MediaType.APPLICATION_JSON.isCompatibleWith(mimeType);
		}

		@Override
		public List<MimeType> getDecodableMimeTypes() {
			return List.of(MediaType.APPLICATION_JSON);
		}

		@Override
		public Flux<Object> decode(Publisher<DataBuffer> input, ResolvableType type, @Nullable MimeType mimeType,
				@Nullable Map<String, Object> hints) {
			return decodeToMono(input, type, mimeType, hints).flux();
		}

		@Override
		public Mono<Object> decodeToMono(Publisher<DataBuffer> input, ResolvableType type, @Nullable MimeType mimeType,
				@Nullable Map<String, Object> hints) {
			return DataBufferUtils.join(input)
				.flatMap((buffer) -> Mono.justOrEmpty(Optional.ofNullable(decode(buffer, type, mimeType, hints))));
		}

		@Override
		public @Nullable Object decode(DataBuffer buffer, ResolvableType type, @Nullable MimeType mimeType,
				@Nullable Map<String, Object> hints) {
			try (var input = buffer.asInputStream(true)) {
				return this.mapper.readValue(input, this.mapper.constructType(type.getType()));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
