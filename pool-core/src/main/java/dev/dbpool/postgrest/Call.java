package dev.dbpool.postgrest;

import java.util.List;
import java.util.function.Consumer;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * A request in the making and what will send it: the end of every builder.
 */
final class Call {

	private static final String ARRAY = "application/json";

	private static final String OBJECT = "application/vnd.pgrst.object+json";

	private final PostgrestExchange exchange;

	private final RequestSpec spec;

	Call(PostgrestExchange exchange, RequestSpec spec) {
		this.exchange = exchange;
		this.spec = spec;
	}

	Call with(Consumer<RequestSpec> change) {
		return new Call(this.exchange, this.spec.with(change));
	}

	Call prefer(String preference) {
		return with((changed) -> changed.preferences = RequestSpec.plus(changed.preferences, preference));
	}

	<T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return list(returning(ARRAY), type);
	}

	private <T> Mono<List<T>> list(PostgrestRequest request, ParameterizedTypeReference<T> type) {
		ResolvableType elementType = ResolvableType.forType(type);
		return this.exchange.mono(request, (response) -> JsonBody.list(request, response, elementType));
	}

	<T> Flux<T> stream(ParameterizedTypeReference<T> type) {
		ResolvableType elementType = ResolvableType.forType(type);
		PostgrestRequest request = returning(ARRAY);
		return this.exchange.flux(request, (response) -> JsonBody.elements(request, response, elementType));
	}

	<T> Mono<T> single(ParameterizedTypeReference<T> type) {
		return value(returning(OBJECT), type);
	}

	/**
	 * A read asks for two rows at most and counts them; anything else lets PostgREST
	 * count, since it undoes what affected more than one row.
	 */
	<T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type) {
		if (!this.spec.isSafe()) {
			return single(type).onErrorResume(EmptyResultDataAccessException.class, (none) -> Mono.empty());
		}
		Call atMostTwo = (this.spec.limit != null) ? this : with((changed) -> changed.limit = 2L);
		PostgrestRequest request = atMostTwo.returning(ARRAY);
		return atMostTwo.list(request, type).flatMap((rows) -> atMostOne(rows, request));
	}

	private static <T> Mono<T> atMostOne(List<T> rows, PostgrestRequest request) {
		return (rows.size() <= 1) ? Mono.justOrEmpty(rows.stream().findFirst())
				: Mono.error(new IncorrectResultSizeDataAccessException(
						"At most one row was expected, there are more [" + request.describe() + "]", 1));
	}

	<T> Mono<T> value(ParameterizedTypeReference<T> type) {
		return value(returning(ARRAY), type);
	}

	private <T> Mono<T> value(PostgrestRequest request, ParameterizedTypeReference<T> type) {
		ResolvableType valueType = ResolvableType.forType(type);
		return this.exchange.mono(request, (response) -> JsonBody.value(request, response, valueType));
	}

	Mono<Void> execute() {
		PostgrestRequest request = with((changed) -> changed.select = null).prefer("return=minimal").request(ARRAY);
		return this.exchange.mono(request, ClientResponse::releaseBody);
	}

	/**
	 * Asks for no row, so that an error still has a body, unlike that of a HEAD request.
	 */
	Mono<Long> count() {
		Call counting = with((changed) -> {
			changed.limit = 0L;
			changed.offset = null;
			changed.order = List.of();
		}).prefer("count=exact");
		PostgrestRequest request = counting.request(ARRAY);
		return this.exchange.mono(request, (response) -> ContentRange.readTotal(request, response));
	}

	private PostgrestRequest returning(String accept) {
		return (this.spec.isSafe() ? this : prefer("return=representation")).request(accept);
	}

	private PostgrestRequest request(String accept) {
		return this.spec.toRequest(accept);
	}

}
