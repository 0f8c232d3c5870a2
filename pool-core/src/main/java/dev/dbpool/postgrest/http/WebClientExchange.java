package dev.dbpool.postgrest.http;

import java.net.URI;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Sends requests over a {@link WebClient}.
 */
public final class WebClientExchange implements PostgrestExchange {

	private static final String URI_TEMPLATE = WebClient.class.getName() + ".uriTemplate";

	private final WebClient webClient;

	private final String root;

	private final Supplier<RowJson> rowJson;

	private final Preferences preferences;

	private final HttpHeaders identity;

	private final AnswerLimit limit;

	/**
	 * An exchange over a client.
	 * @param webClient a client whose base URL is the REST root, such as
	 * {@code https://project.supabase.co/rest/v1}; it should not follow redirects
	 */
	public WebClientExchange(WebClient webClient) {
		this(webClient, root(webClient), SingletonSupplier.of(() -> RowJson.of(webClient.mutate())),
				preferences(webClient), HttpHeaders.EMPTY, AnswerLimit.DEFAULT);
	}

	/**
	 * An exchange over a client whose codecs cannot be asked for, since it has an
	 * exchange function of its own.
	 * @param webClient a client whose base URL is the REST root; it should not follow
	 * redirects
	 * @param rowJson the rows as the codecs of the client write them
	 */
	public WebClientExchange(WebClient webClient, RowJson rowJson) {
		this(webClient, root(webClient), () -> rowJson, preferences(webClient), HttpHeaders.EMPTY, AnswerLimit.DEFAULT);
	}

	private WebClientExchange(WebClient webClient, String root, Supplier<RowJson> rowJson, Preferences preferences,
			HttpHeaders identity, AnswerLimit limit) {
		this.webClient = webClient;
		this.root = root;
		this.rowJson = rowJson;
		this.preferences = preferences;
		this.identity = identity;
		this.limit = limit;
	}

	/**
	 * The same exchange with headers of its own.
	 * @param identity headers that go with each request, such as those of an identity
	 * @return an exchange over the same client
	 */
	public WebClientExchange with(HttpHeaders identity) {
		return new WebClientExchange(this.webClient, this.root, this.rowJson, this.preferences, identity, this.limit);
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
		return new WebClientExchange(this.webClient, this.root, this.rowJson, this.preferences, this.identity,
				new AnswerLimit(maxAnswerSize, name));
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
	public <T> Mono<T> mono(PostgrestRequest request, Function<ClientResponse, Mono<T>> reader) {
		return Mono
			.defer(() -> spec(request).exchangeToMono((response) -> isSuccess(response)
					? ignored(request, response).map((failure) -> response.releaseBody().then(Mono.<T>error(failure)))
						.orElseGet(() -> reader.apply(this.limit.applyTo(response)))
					: ErrorResponseReader.read(request, response).flatMap(Mono::error)))
			.onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<ClientResponse, Flux<T>> reader) {
		return Flux
			.defer(() -> spec(request).exchangeToFlux((response) -> isSuccess(response)
					? ignored(request, response)
						.map((failure) -> response.releaseBody().thenMany(Flux.<T>error(failure)))
						.orElseGet(() -> reader.apply(response))
					: ErrorResponseReader.read(request, response).flatMapMany(Flux::error)))
			.onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	private WebClient.RequestHeadersSpec<?> spec(PostgrestRequest request) {
		CompletedRequest completed = CompletedRequest.of(request, this.rowJson);
		WebClient.RequestBodySpec spec = this.webClient.method(request.method())
			.uri(URI.create(this.root + completed.target()))
			.headers((headers) -> {
				headers.addAll(Headers.onTheWire(request.headers()));
				this.preferences.addTo(headers);
				headers.putAll(this.identity);
			})
			.attribute(URI_TEMPLATE, request.path());
		Object body = completed.body();
		if (body == null) {
			return spec;
		}
		boolean typed = request.headers().getContentType() != null;
		return (typed ? spec : spec.contentType(MediaType.APPLICATION_JSON)).body(JsonBody.inserter(body));
	}

	private Optional<DataAccessException> ignored(PostgrestRequest request, ClientResponse response) {
		return this.preferences.toBeConfirmedAsDefaults(request).ignored(request, response);
	}

	private static boolean isSuccess(ClientResponse response) {
		return response.statusCode().is2xxSuccessful();
	}

}
