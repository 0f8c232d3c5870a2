package dev.dbpool.client;

import java.net.URI;
import java.util.function.Function;

import dev.dbpool.postgrest.http.PostgrestRequest;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * A request of another client, to be sent once or more.
 *
 * @param method its method
 * @param uri where it goes
 * @param writer writes its headers and body
 */
record OutgoingRequest(HttpMethod method, URI uri, Function<? super ClientHttpRequest, Mono<Void>> writer) {

	boolean isSafe() {
		return PostgrestRequest.isSafe(this.method);
	}

	/**
	 * Sends the request with the headers of an identity in place of its own.
	 * @param effects notified when the first of it is about to be written, and when its
	 * body is a stream, which may not be there a second time. A request that is refused
	 * before, or whose body cannot be written, has not begun
	 */
	Mono<ClientHttpResponse> send(ClientHttpConnector connector, HttpHeaders identity, AttemptEffects effects) {
		return connector.connect(this.method, this.uri, (request) -> {
			request.beforeCommit(() -> Mono.fromRunnable(() -> {
				effects.begin();
				ApiKeys.removeFrom(request.getHeaders());
				request.getHeaders().putAll(identity);
			}));
			return this.writer.apply(isSafe() ? request : new WatchedRequest(request, effects));
		});
	}

	private static final class WatchedRequest extends ClientHttpRequestDecorator {

		private final AttemptEffects effects;

		WatchedRequest(ClientHttpRequest delegate, AttemptEffects effects) {
			super(delegate);
			this.effects = effects;
		}

		@Override
		public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
			if (!(body instanceof Mono)) {
				this.effects.beginStream();
			}
			return super.writeWith(body);
		}

		@Override
		public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
			this.effects.beginStream();
			return super.writeAndFlushWith(body);
		}

	}

}
