package dev.dbpool.transport;

import java.net.URI;
import java.util.function.Function;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Sends every exchange through the one socket of a connection, and refuses those that
 * belong to another server.
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
		return new MonoExchange(method, uri, requestCallback);
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
