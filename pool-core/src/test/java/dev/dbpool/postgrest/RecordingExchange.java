package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Keeps the requests and gives all of them the same answer, without its body where none
 * is asked for.
 */
public final class RecordingExchange implements PostgrestExchange {

	private final List<PostgrestRequest> requests = new ArrayList<>();

	private final String body;

	private final HttpHeaders headers = new HttpHeaders();

	public RecordingExchange(String body) {
		this.body = body;
		this.headers.set(HttpHeaders.CONTENT_TYPE, "application/json");
	}

	public RecordingExchange() {
		this("[]");
	}

	public RecordingExchange with(String header, String value) {
		this.headers.set(header, value);
		return this;
	}

	public PostgrestClient client() {
		return PostgrestClient.over(this);
	}

	public PostgrestRequest request() {
		return this.requests.get(this.requests.size() - 1);
	}

	public int count() {
		return this.requests.size();
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<ClientResponse, Mono<T>> reader) {
		return Mono.defer(() -> reader.apply(answer(request)));
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<ClientResponse, Flux<T>> reader) {
		return Flux.defer(() -> reader.apply(answer(request)));
	}

	private ClientResponse answer(PostgrestRequest request) {
		this.requests.add(request);
		return ClientResponse.create(HttpStatus.OK)
			.headers((headers) -> headers.addAll(this.headers))
			.body(String.join(",", request.headers().getOrEmpty("Prefer")).contains("return=minimal") ? "" : this.body)
			.build();
	}

}
