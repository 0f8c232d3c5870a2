package dev.dbpool.transport;

import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * A response whose body ends its exchange.
 */
final class ExchangeResponse extends ClientHttpResponseDecorator {

	private final Exchange exchange;

	ExchangeResponse(ClientHttpResponse delegate, Exchange exchange) {
		super(delegate);
		this.exchange = exchange;
	}

	/**
	 * A {@code WebClient} releases the body of each response, the usual one that has been
	 * read included.
	 */
	@Override
	public Flux<DataBuffer> getBody() {
		return this.exchange.isReadToTheEnd() ? Flux.empty() : new ExchangeBody(super.getBody(), this.exchange);
	}

}
