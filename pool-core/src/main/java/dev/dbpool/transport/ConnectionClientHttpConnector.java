package dev.dbpool.transport;

import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Makes exchanges of Spring's {@code WebClient} on one connection, and refuses those
 * whose URI names another server.
 */
public final class ConnectionClientHttpConnector implements ClientHttpConnector {

	private final HttpConnection connection;

	ConnectionClientHttpConnector(HttpConnection connection) {
		this.connection = connection;
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		return connect(method, uri, requestCallback, (headers) -> {
		});
	}

	/**
	 * Makes an exchange whose header fields are changed once more after the callback, and
	 * all that it has deferred, have changed them.
	 * @param method the method
	 * @param uri the URI
	 * @param requestCallback writes the request
	 * @param lastChange changes the header fields; an exception is that of the exchange,
	 * and nothing is sent then
	 * @return the head of the answer
	 */
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback, Consumer<HttpHeaders> lastChange) {
		HttpConnection connection = this.connection;
		if (!connection.origin().includes(uri)) {
			return Mono.error(() -> new IllegalArgumentException(
					"This connection leads to %s, so no request to %s can be sent through it"
						.formatted(connection.origin(), Origin.describe(uri))));
		}
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super ClientHttpResponse> actual) {
				actual.onSubscribe(new ClientExchange(connection, method, uri, requestCallback, lastChange, actual));
			}

		};
	}

	/**
	 * One subscription to an exchange, which begins when the answer is requested. A
	 * cancel before the answer gives the exchange up; a later one drops a body that has
	 * no reader yet.
	 */
	private static final class ClientExchange implements Subscription, ResponseListener, RequestSender {

		private final HttpConnection connection;

		private final HttpMethod method;

		private final URI uri;

		private final Function<? super ClientHttpRequest, Mono<Void>> requestCallback;

		private final Consumer<HttpHeaders> lastChange;

		private final CoreSubscriber<? super ClientHttpResponse> actual;

		private final HttpExchange exchange;

		private final Writing writing = new Writing();

		private volatile @Nullable ResponseBody body;

		ClientExchange(HttpConnection connection, HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback, Consumer<HttpHeaders> lastChange,
				CoreSubscriber<? super ClientHttpResponse> actual) {
			this.connection = connection;
			this.method = method;
			this.uri = uri;
			this.requestCallback = requestCallback;
			this.lastChange = lastChange;
			this.actual = actual;
			this.exchange = new HttpExchange(connection, this, this);
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				this.exchange.begin();
			}
		}

		@Override
		public void cancel() {
			ResponseBody answer = this.body;
			if (answer != null && this.writing.isDisposed()) {
				answer.drop();
			}
			else {
				this.exchange.cancel();
				this.writing.cancel();
			}
		}

		/**
		 * Applies the callback, which writes the request, or commits it without a body.
		 * One that waits for its body is refused before that for the host that it names.
		 */
		@Override
		public void send(HttpExchange exchange, ExchangeHandler handler) {
			ConnectionClientHttpRequest request = new ConnectionClientHttpRequest(this.connection, exchange,
					this.method, this.uri, this.lastChange);
			Mono<Void> written = this.requestCallback.apply(request);
			Optional<IllegalArgumentException> refusal = request.refusal();
			written.then(Mono.defer(() -> request.isCommitted() ? Mono.empty() : request.setComplete()))
				.subscribe(this.writing);
			refusal.filter((failure) -> request.endUnsent()).ifPresent(exchange::requestFailed);
		}

		@Override
		public void onHead(int status, io.netty.handler.codec.http.HttpHeaders headers) {
			ResponseBody answer = new ResponseBody(this.connection, this.exchange, this.writing);
			this.body = answer;
			try {
				this.actual.onNext(new ConnectionClientHttpResponse(status, headers, answer));
			}
			catch (Throwable ex) {
				this.body = null;
				this.writing.cancel();
				throw ex;
			}
			this.actual.onComplete();
		}

		@Override
		public void onContent(ByteBuf content) {
			ResponseBody answer = this.body;
			try {
				if (answer != null) {
					answer.content(content);
				}
			}
			catch (Throwable ex) {
				this.writing.cancel();
				throw ex;
			}
		}

		@Override
		public void onComplete() {
			ResponseBody answer = this.body;
			if (answer != null) {
				answer.completed();
			}
			this.writing.cancel();
		}

		@Override
		public void onError(Throwable failure) {
			this.writing.cancel();
			ResponseBody answer = this.body;
			if (answer != null) {
				answer.failed(failure);
			}
			else {
				this.actual.onError(failure);
			}
		}

		/**
		 * The writing of the request, which ends with the exchange.
		 */
		private final class Writing extends BaseSubscriber<Void> {

			@Override
			protected void hookOnError(Throwable failure) {
				ClientExchange.this.exchange.requestFailed(failure);
			}

			@Override
			public Context currentContext() {
				return ClientExchange.this.actual.currentContext();
			}

		}

	}

}
