package dev.dbpool.client;

import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * An answer whose body reports how it ends.
 */
final class ObservedResponse extends ClientHttpResponseDecorator {

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
