package dev.dbpool.postgrest.http;

import java.net.URI;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Sends requests over a {@link WebClient}.
 */
public final class WebClientExchange implements PostgrestExchange {

	private static final String URI_TEMPLATE = WebClient.class.getName() + ".uriTemplate";

	private final WebClient webClient;

	private final String root;

	private final Supplier<JsonCodecs> codecs;

	private final Preferences preferences;

	private final RequestHeaders identity;

	private final AnswerBytes.Limit limit;

	/**
	 * An exchange over a client.
	 * @param webClient a client whose base URL is the REST root, such as
	 * {@code https://project.supabase.co/rest/v1}; it should not follow redirects
	 */
	public WebClientExchange(WebClient webClient) {
		this(webClient, root(webClient), SingletonSupplier.of(() -> JsonCodecs.of(webClient)), preferences(webClient),
				RequestHeaders.NONE, AnswerBytes.Limit.DEFAULT);
	}

	/**
	 * An exchange over a client whose codecs cannot be asked for, since it has an
	 * exchange function of its own.
	 * @param webClient a client whose base URL is the REST root; it should not follow
	 * redirects
	 * @param codecs the JSON codecs of the client
	 */
	public WebClientExchange(WebClient webClient, JsonCodecs codecs) {
		this(webClient, root(webClient), () -> codecs, preferences(webClient), RequestHeaders.NONE,
				AnswerBytes.Limit.DEFAULT);
	}

	private WebClientExchange(WebClient webClient, String root, Supplier<JsonCodecs> codecs, Preferences preferences,
			RequestHeaders identity, AnswerBytes.Limit limit) {
		this.webClient = webClient;
		this.root = root;
		this.codecs = codecs;
		this.preferences = preferences;
		this.identity = identity;
		this.limit = limit;
	}

	/**
	 * The same exchange with headers of its own.
	 * @param identity headers that go with each request, such as those of an identity
	 * @return an exchange over the same client
	 */
	public WebClientExchange with(RequestHeaders identity) {
		return new WebClientExchange(this.webClient, this.root, this.codecs, this.preferences, identity, this.limit);
	}

	/**
	 * The same exchange with another limit of answers. One that becomes a single value,
	 * such as a list or a text, is kept in memory as a whole; when it is longer, the
	 * result is a {@link org.springframework.dao.DataRetrievalFailureException}, and the
	 * rest is not read. Streams have no limit.
	 * @param maxAnswerSize the size of a body, 32 MB unless set
	 * @return an exchange over the same client
	 * @throws IllegalArgumentException when the limit is not positive
	 */
	public WebClientExchange maxAnswerSize(DataSize maxAnswerSize) {
		return maxAnswerSize(maxAnswerSize, this.limit.name());
	}

	/**
	 * The same exchange with another limit of answers, which messages call by the name of
	 * its setting.
	 * @param maxAnswerSize the size of a body
	 * @param name the name of the setting, such as {@code db.pool.max-answer-size}
	 * @return an exchange over the same client
	 * @throws IllegalArgumentException when the limit is not positive
	 */
	public WebClientExchange maxAnswerSize(DataSize maxAnswerSize, String name) {
		return new WebClientExchange(this.webClient, this.root, this.codecs, this.preferences, this.identity,
				new AnswerBytes.Limit(maxAnswerSize, name));
	}

	/**
	 * Returns the limit of answers that are kept in memory as a whole.
	 * @return the size of a body
	 */
	public DataSize maxAnswerSize() {
		return this.limit.size();
	}

	private static String root(WebClient webClient) {
		StringBuilder root = new StringBuilder();
		webClient.get().uri((builder) -> {
			URI base = builder.build();
			root.append(base);
			return base;
		});
		return StringUtils.trimTrailingCharacter(root.toString(), '/');
	}

	/**
	 * The preferences that the client sends by default. Spring would let the preferences
	 * of a request take the place of all of them.
	 */
	private static Preferences preferences(WebClient webClient) {
		HttpHeaders defaults = new HttpHeaders();
		webClient.mutate().defaultHeaders(defaults::addAll);
		return Preferences.of(defaults);
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		return Mono.defer(() -> spec(request).exchangeToMono((response) -> answer(request, response).whole(this.limit)))
			.flatMap((answer) -> read(answer, reader))
			.onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	/**
	 * Reads an answer on the event loop, or on another thread if it is so long that other
	 * connections of the event loop would wait.
	 */
	private <T> Mono<T> read(Answer answer, Function<Answer, @Nullable T> reader) {
		Mono<T> value = Mono.fromCallable(() -> answer.read(this.preferences, reader));
		return answer.isLong() ? value.subscribeOn(Schedulers.parallel()) : value;
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
		return Flux
			.defer(() -> spec(request)
				.exchangeToFlux((response) -> answer(request, response).read(this.preferences, reader)))
			.onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	private WebClient.RequestHeadersSpec<?> spec(PostgrestRequest request) {
		PostgrestRequest sent = request.encoded(this.preferences, this.codecs.get());
		WebClient.RequestBodySpec spec = this.webClient.method(request.method())
			.uri(URI.create(this.root + sent.target()))
			.headers((headers) -> {
				sent.fields().forEachOnTheWire(headers::add);
				this.identity.forEachOnTheWire(headers::set);
			})
			.attribute(URI_TEMPLATE, request.path());
		Object body = sent.body();
		if (body == null) {
			return spec;
		}
		return spec.body((body instanceof byte[] bytes) ? (message, context) -> write(bytes, message) : encoded(body));
	}

	/**
	 * Encodes a body by the codecs with which it is sent, which are unknown before.
	 */
	private static BodyInserter<Object, ReactiveHttpOutputMessage> encoded(Object body) {
		return (message, context) -> JsonCodecs.of(context)
			.bytes(body)
			.map((bytes) -> write(bytes, message))
			.orElseGet(() -> BodyInserters.fromValue(body).insert(message, context));
	}

	private static Mono<Void> write(byte[] bytes, ReactiveHttpOutputMessage message) {
		message.getHeaders().setContentLength(bytes.length);
		return message.writeWith(Mono.just(message.bufferFactory().wrap(bytes)));
	}

	private StreamedAnswer answer(PostgrestRequest request, ClientResponse response) {
		JsonCodecs known = this.codecs.get();
		return StreamedAnswer.of(request, response.statusCode(), response.headers().asHttpHeaders(),
				response.body(BodyExtractors.toDataBuffers()),
				known.canRead() ? known : JsonCodecs.of(response.strategies()));
	}

}
