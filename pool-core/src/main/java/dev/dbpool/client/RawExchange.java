package dev.dbpool.client;

import java.net.URI;
import java.util.function.Function;

import dev.dbpool.client.Operation.Work;
import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.RequestHeaders;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * An exchange of an application's {@code WebClient} or {@code RestClient}. The status of
 * its answer is for the application to judge, except that a refused token is replaced
 * once.
 *
 * @param method the method
 * @param uri the URI
 * @param writer writes the request
 */
record RawExchange(HttpMethod method, URI uri,
		Function<? super ClientHttpRequest, Mono<Void>> writer) implements Work<ClientHttpResponse> {

	private static final int LONGEST_REFUSAL = 32 * 1024;

	@Override
	public Shape shape() {
		return Shape.ANSWER;
	}

	@Override
	public void check(Operation operation) {
		operation.lane().refusal(this.method, this.method.name(), "Use the write lane").ifPresent((failure) -> {
			throw failure;
		});
	}

	/**
	 * Sends the request with the headers of an identity in place of its own. One that is
	 * rejected before, or whose body cannot be written, has not begun.
	 */
	@Override
	public Publisher<ClientHttpResponse> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt) {
		return lease.connection()
			.http()
			.clientConnector()
			.connect(this.method, this.uri,
					(request) -> this.writer.apply(isSafe() ? request : new WatchedRequest(request, attempt)),
					(headers) -> {
						attempt.beginRequest();
						ApiKeys.removeFrom(headers);
						attempt.headers().forEachOnTheWire(headers::set);
					});
	}

	@Override
	public ClientHttpResponse held(ClientHttpResponse answer, LeaseSubscription<ClientHttpResponse> lease) {
		return new ObservedResponse(answer, lease.body(answer.getBody()));
	}

	@Override
	public ClientHttpResponse observed(ClientHttpResponse answer, OperationState state) {
		return new ObservedResponse(answer, state.body(answer.getBody()));
	}

	@Override
	public boolean mayBeRepeated(Attempt attempt) {
		return isSafe() || !attempt.hasBegun();
	}

	@Override
	public Flux<ClientHttpResponse> authenticated(Credentials credentials,
			Function<RequestHeaders, Flux<ClientHttpResponse>> attempt) {
		if (!credentials.isRenewable()) {
			return credentials.with(attempt);
		}
		Flux<ClientHttpResponse> first = credentials.token().flatMapMany(attempt);
		return isSafe() ? first.concatMap((answer) -> renewIfRefused(answer, credentials, attempt))
				: Flux.deferContextual((context) -> first.doOnNext(
						(answer) -> credentials.reportIfRefused(answer.getStatusCode(), answer.getHeaders(), context)));
	}

	/**
	 * Reads a refusal to the end before it asks for another token, so that no connection
	 * is held until then. Parts that are discarded are released by the join alone, not
	 * once more by a subscriber, as writers of WebFlux would.
	 */
	private static Flux<ClientHttpResponse> renewIfRefused(ClientHttpResponse answer, Credentials credentials,
			Function<RequestHeaders, Flux<ClientHttpResponse>> attempt) {
		if (!Credentials.isRefused(answer.getStatusCode(), answer.getHeaders())) {
			return Flux.just(answer);
		}
		return DataBufferUtils.join(answer.getBody(), LONGEST_REFUSAL)
			.contextWrite((context) -> Operators.enableOnDiscard(Context.of(context), (part) -> {
			}))
			.map(RawExchange::bytes)
			.defaultIfEmpty(new byte[0])
			.flatMapMany((body) -> credentials.renewed()
				.flatMapMany(attempt)
				.switchIfEmpty(Mono.fromSupplier(() -> new ObservedResponse(answer, buffered(body)))));
	}

	private static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	private static Flux<DataBuffer> buffered(byte[] body) {
		return Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(body)));
	}

	private boolean isSafe() {
		return PostgrestRequest.isSafe(this.method);
	}

	/**
	 * An answer whose body reports how it ends.
	 */
	private static final class ObservedResponse extends ClientHttpResponseDecorator {

		private final Flux<DataBuffer> body;

		ObservedResponse(ClientHttpResponse delegate, Flux<DataBuffer> body) {
			super(delegate);
			this.body = body;
		}

		@Override
		public Flux<DataBuffer> getBody() {
			return this.body;
		}

	}

	/**
	 * A request whose body may be a stream, which may not be there a second time.
	 */
	private static final class WatchedRequest extends ClientHttpRequestDecorator {

		private final Attempt attempt;

		WatchedRequest(ClientHttpRequest delegate, Attempt attempt) {
			super(delegate);
			this.attempt = attempt;
		}

		@Override
		public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
			if (!(body instanceof Mono)) {
				this.attempt.beginStream();
			}
			return super.writeWith(body);
		}

		@Override
		public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
			this.attempt.beginStream();
			return super.writeAndFlushWith(body);
		}

	}

}
