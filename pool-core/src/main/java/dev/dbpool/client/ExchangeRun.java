package dev.dbpool.client;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One run of an exchange as an operation, from a subscription until the body of the
 * answer has ended.
 * <p>
 * An exchange is repeated by interceptors only while nothing of it was sent, or if its
 * method is safe, and only for as long as there is no answer: an answer, whatever its
 * status, is the caller's, except for one that refuses the token of a safe request. A
 * source whose token was refused for any other is notified, for the next operation.
 */
final class ExchangeRun {

	private static final int LONGEST_REFUSAL = 32 * 1024;

	private final OperationRun run;

	private final OutgoingRequest request;

	private ExchangeRun(OperationRun run, OutgoingRequest request) {
		this.run = run;
		this.request = request;
	}

	static Mono<ClientHttpResponse> of(ClientCore core, Operation operation, IdentitySource identitySource,
			OutgoingRequest request) {
		return OperationEnd.mono(() -> new OperationRun(core, operation, identitySource), OperationEnd.Result.ANSWER,
				(run) -> new ExchangeRun(run, request).observedAnswer());
	}

	private Mono<ClientHttpResponse> observedAnswer() {
		return this.run.intercepted(Mono.defer(this::answer))
			.map((answer) -> new ObservedResponse(answer, this.run.body(answer.getBody())));
	}

	private Mono<ClientHttpResponse> answer() {
		HttpMethod method = this.request.method();
		return this.run.lane()
			.refusal(method, method.name(), "Use the write lane")
			.<Mono<ClientHttpResponse>>map(Mono::error)
			.orElseGet(() -> this.run.credentials().token().flatMap(this::attempt));
	}

	private Mono<ClientHttpResponse> attempt(HttpHeaders identity) {
		Mono<ClientHttpResponse> first = this.run.send(identity, this.request);
		if (!this.run.credentials().isRenewable()) {
			return first;
		}
		return this.request.isSafe() ? first.flatMap(this::renewIfRefused)
				: first.transformDeferredContextual(
						(answer, context) -> answer.doOnNext((received) -> this.run.credentials()
							.reportIfRefused(received.getStatusCode(), received.getHeaders(), context)));
	}

	/**
	 * Reads a refusal to the end before it asks for another token, so that no connection
	 * is held until then.
	 */
	private Mono<ClientHttpResponse> renewIfRefused(ClientHttpResponse answer) {
		if (!Credentials.isRefused(answer.getStatusCode(), answer.getHeaders())) {
			return Mono.just(answer);
		}
		return DataBufferUtils.join(answer.getBody(), LONGEST_REFUSAL)
			.map(ExchangeRun::bytes)
			.defaultIfEmpty(new byte[0])
			.flatMap((body) -> this.run.credentials()
				.renewed()
				.flatMap((identity) -> this.run.send(identity, this.request))
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

}
