package dev.dbpool.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;

import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

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
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("thread " + Thread.currentThread().getName()
					+ " must not block. Use the WebClient of the reactive client there");
		}
		byte[] content = this.body.toByteArray();
		try {
			return answer(this.connector.connect(this.method, this.uri, (request) -> write(request, headers, content))
				.contextWrite((context) -> ExchangeNames.putTemplateOf(getAttributes(), context))
				.block());
		}
		catch (RuntimeException ex) {
			Throwable thrown = Exceptions.unwrap(ex);
			if (thrown instanceof IOException failure) {
				throw failure;
			}
			if (thrown instanceof InterruptedException) {
				throw new IOException(
						"thread " + Thread.currentThread().getName()
								+ " was interrupted while it waited. It is unknown whether the request was carried out",
						thrown);
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

	private static ClientHttpResponse answer(
			org.springframework.http.client.reactive.@Nullable ClientHttpResponse answer) throws IOException {
		if (answer == null) {
			throw new IOException("The exchange ended without an answer");
		}
		return new PooledResponse(answer);
	}

}
