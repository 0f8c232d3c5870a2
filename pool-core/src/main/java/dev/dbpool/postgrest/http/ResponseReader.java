package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import dev.dbpool.postgrest.value.Json;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads the answer to one request as what was asked for. An answer with a good status but
 * other content is an error. Each method consumes the body, except for {@link #total()}.
 */
public final class ResponseReader {

	private final PostgrestRequest request;

	private final ClientResponse response;

	private ResponseReader(PostgrestRequest request, ClientResponse response) {
		this.request = request;
		this.response = response;
	}

	/**
	 * Sends a request whose answer becomes at most one value. An answer that does not
	 * confirm a preference on which the effect of a write depends is an error.
	 * @param <T> the type of the value
	 * @param exchange sends the request
	 * @param request the request
	 * @param reading reads the answer
	 * @return the value
	 */
	public static <T> Mono<T> mono(PostgrestExchange exchange, PostgrestRequest request,
			Function<ResponseReader, Mono<T>> reading) {
		return exchange.mono(request,
				(response) -> ignoredPreference(request, response)
					.map((ignored) -> response.releaseBody().then(Mono.<T>error(ignored)))
					.orElseGet(() -> reading.apply(new ResponseReader(request, response))));
	}

	/**
	 * Sends a request whose answer is read element by element. An answer that does not
	 * confirm a preference on which the effect of a write depends is an error.
	 * @param <T> the type of an element
	 * @param exchange sends the request
	 * @param request the request
	 * @param reading reads the answer
	 * @return the elements
	 */
	public static <T> Flux<T> flux(PostgrestExchange exchange, PostgrestRequest request,
			Function<ResponseReader, Flux<T>> reading) {
		return exchange.flux(request,
				(response) -> ignoredPreference(request, response)
					.map((ignored) -> response.releaseBody().thenMany(Flux.<T>error(ignored)))
					.orElseGet(() -> reading.apply(new ResponseReader(request, response))));
	}

	private static Optional<DataAccessException> ignoredPreference(PostgrestRequest request, ClientResponse response) {
		return Preferences.of(request.headers()).toBeConfirmed(request).ignored(request, response);
	}

	/**
	 * All rows, nulls among them.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return JsonBody.list(this.request, this.response, ResolvableType.forType(type));
	}

	/**
	 * The rows one by one. One that is null is an error.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> Flux<T> elements(ParameterizedTypeReference<T> type) {
		return JsonBody.elements(this.request, this.response, ResolvableType.forType(type));
	}

	/**
	 * The one row. Null is an error.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> Mono<T> row(ParameterizedTypeReference<T> type) {
		return JsonBody.row(this.request, this.response, ResolvableType.forType(type));
	}

	/**
	 * The value that a function returns.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or nothing if it is null or the function returns none
	 */
	public <T> Mono<T> value(ParameterizedTypeReference<T> type) {
		return JsonBody.value(this.request, this.response, ResolvableType.forType(type));
	}

	/**
	 * The body as text.
	 * @param kind what it must be by its content type: {@code CSV}, {@code JSON} or
	 * {@code plan}
	 * @return the text
	 */
	public Mono<String> text(String kind) {
		return TextBody.read(this.request, this.response, kind);
	}

	/**
	 * The body as a JSON tree, exact.
	 * @param kind what it must be by its content type: {@code JSON} or {@code plan}
	 * @return the tree, or nothing if the body is blank
	 */
	public Mono<JsonNode> json(String kind) {
		return text(kind).filter(StringUtils::hasText).map(Json::readTree);
	}

	/**
	 * The end of a write that asked for no rows.
	 * @return completes when the body was read
	 */
	public Mono<Void> nothing() {
		return ErrorResponseReader.readNothing(this.request, this.response);
	}

	/**
	 * The headers, without the body.
	 * @return the headers
	 */
	public Mono<HttpHeaders> headers() {
		return this.response.releaseBody().thenReturn(this.response.headers().asHttpHeaders());
	}

	/**
	 * The count of rows in the headers. Leaves the body to the other methods.
	 * @return the count, or empty without one
	 */
	public Optional<Long> total() {
		return ContentRange.total(this.response);
	}

	/**
	 * The count of rows in the headers. A missing one is an error.
	 * @return the count
	 */
	public Mono<Long> requiredTotal() {
		return ContentRange.readTotal(this.request, this.response);
	}

	/**
	 * The error that the headers have no count of rows.
	 * @param <T> any type
	 * @return the error
	 */
	public <T> Mono<T> missingTotal() {
		return ContentRange.missing(this.request, this.response);
	}

	/**
	 * The count of rows in an error, if it is that the wanted rows begin after the last
	 * one.
	 * @param failure the error
	 * @return the count, or empty if this is another error
	 */
	public static Optional<Long> totalBefore(DataAccessException failure) {
		return ContentRange.totalBefore(failure);
	}

	/**
	 * The only row of some that were read. A row that is null is an error, since it must
	 * not look like none.
	 * @param <T> the type of a row
	 * @param rows the rows
	 * @param request the request
	 * @return the row, or nothing if there is none
	 */
	public static <T> Mono<T> atMostOne(List<T> rows, PostgrestRequest request) {
		if (rows.size() > 1) {
			return Mono.error(ExceptionTranslator.tooManyRows(request));
		}
		if (rows.isEmpty()) {
			return Mono.empty();
		}
		return (rows.get(0) != null) ? Mono.just(rows.get(0)) : Mono.error(ExceptionTranslator.nullRow(request));
	}

}
