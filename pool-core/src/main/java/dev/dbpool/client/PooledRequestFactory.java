package dev.dbpool.client;

import java.net.URI;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;

/**
 * Makes requests of a {@code RestClient} run through a {@link PooledConnector}.
 */
final class PooledRequestFactory implements ClientHttpRequestFactory {

	private final PooledConnector connector;

	PooledRequestFactory(PooledConnector connector) {
		this.connector = connector;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new PooledRequest(this.connector, uri, method);
	}

}
