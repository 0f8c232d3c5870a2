package dev.dbpool.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;

import dev.dbpool.postgrest.http.BlockingCalls;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.FastByteArrayOutputStream;

/**
 * A request of a blocking client. Its body is kept in memory until it is sent.
 */
final class PooledRequest extends AbstractClientHttpRequest {

	private final PooledConnector connector;

	private final URI uri;

	private final HttpMethod method;

	private final FastByteArrayOutputStream body = new FastByteArrayOutputStream(1024);

	PooledRequest(PooledConnector connector, URI uri, HttpMethod method) {
		this.connector = connector;
		this.uri = uri;
		this.method = method;
	}

	@Override
	public HttpMethod getMethod() {
		return this.method;
	}

	@Override
	public URI getURI() {
		return this.uri;
	}

	@Override
	protected OutputStream getBodyInternal(HttpHeaders headers) {
		return this.body;
	}

	@Override
	protected ClientHttpResponse executeInternal(HttpHeaders headers) throws IOException {
		byte[] content = this.body.toByteArray();
		try {
			return BlockingCalls
				.await(this.connector.connect(this.method, this.uri, (request) -> write(request, headers, content))
					.contextWrite((context) -> OperationNames.putTemplateOf(getAttributes(), context)),
						"the request was carried out", IOException::new)
				.map(PooledResponse::new)
				.orElseThrow(() -> new IOException("The exchange ended without an answer"));
		}
		catch (RuntimeException ex) {
			if (Exceptions.unwrap(ex) instanceof IOException failure) {
				throw failure;
			}
			throw ex;
		}
	}

	private static Mono<Void> write(ClientHttpRequest request, HttpHeaders headers, byte[] content) {
		request.getHeaders().putAll(headers);
		if (content.length == 0) {
			return request.setComplete();
		}
		request.getHeaders().setContentLength(content.length);
		return request.writeWith(Mono.fromSupplier(() -> request.bufferFactory().wrap(content)));
	}

}
