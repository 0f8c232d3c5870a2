package dev.dbpool.client;

import java.net.URI;
import java.util.function.Function;

import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Makes each exchange of another client an operation of a view.
 */
final class PooledConnector implements ClientHttpConnector {

	private final DefaultPooledClient client;

	private final Function<HttpMethod, Lane> lanes;

	/**
	 * Creates a connector.
	 * @param client the view
	 * @param lanes which lane a method runs on
	 */
	PooledConnector(DefaultPooledClient client, Function<HttpMethod, Lane> lanes) {
		this.client = client;
		this.lanes = lanes;
	}

	/**
	 * Lets the clients of a builder make their exchanges through this connector.
	 */
	WebClient.Builder configure(WebClient.Builder builder) {
		return builder.baseUrl(this.client.url().toString()).clientConnector(this).filter(OperationNames::filter);
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		RawExchange exchange = new RawExchange(method, uri, requestCallback);
		Lane lane = this.lanes.apply(method);
		return Mono.deferContextual(
				(context) -> this.client.exchange(lane, OperationNames.in(context, method, lane), exchange));
	}

}
