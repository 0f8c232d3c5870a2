package dev.dbpool.transport;

import java.net.URI;
import java.util.function.Function;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Sends every exchange through the one socket of a connection, and refuses those whose
 * URI or {@code Host} header names another server.
 */
final class SingleSocketConnector implements ClientHttpConnector {

	private final Origin origin;

	private final ClientHttpConnector delegate;

	private final ExchangeQueue exchanges;

	SingleSocketConnector(Origin origin, ClientHttpConnector delegate, ExchangeQueue exchanges) {
		this.origin = origin;
		this.delegate = delegate;
		this.exchanges = exchanges;
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		if (!this.origin.includes(uri)) {
			return Mono.error(() -> new IllegalArgumentException(
					"This connection leads to %s, so no request to %s can be sent through it".formatted(this.origin,
							Origin.describe(uri))));
		}
		return new MonoExchange(method, uri, (request) -> {
			request.beforeCommit(() -> requireOwnHost(request.getHeaders()));
			return requestCallback.apply(request);
		});
	}

	/**
	 * Fails when a request names another host than that of its URI, which a gateway may
	 * follow. Runs before anything is written.
	 */
	private Mono<Void> requireOwnHost(HttpHeaders headers) {
		return headers.getOrEmpty(HttpHeaders.HOST).stream().allMatch(this.origin::isNamedBy) ? Mono.empty() : Mono
			.error(() -> new IllegalArgumentException(
					"This connection leads to %s, so no request with another 'Host' header can be sent through it: '%s'"
						.formatted(this.origin, headers.getFirst(HttpHeaders.HOST))));
	}

	private final class MonoExchange extends Mono<ClientHttpResponse> {

		private final HttpMethod method;

		private final URI uri;

		private final Function<? super ClientHttpRequest, Mono<Void>> requestCallback;

		MonoExchange(HttpMethod method, URI uri, Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			this.method = method;
			this.uri = uri;
			this.requestCallback = requestCallback;
		}

		@Override
		public void subscribe(CoreSubscriber<? super ClientHttpResponse> actual) {
			SingleSocketConnector connector = SingleSocketConnector.this;
			actual.onSubscribe(new Exchange(connector.exchanges, connector.delegate, this.method, this.uri,
					this.requestCallback, actual));
		}

	}

}
