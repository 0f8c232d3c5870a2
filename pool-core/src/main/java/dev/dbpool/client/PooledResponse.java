package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/**
 * An answer for a blocking client, whose body is read as it arrives. Closing it never
 * blocks. To be used by one thread.
 */
final class PooledResponse implements ClientHttpResponse {

	private static final int BUFFERS_AHEAD = 4;

	private final org.springframework.http.client.reactive.ClientHttpResponse answer;

	private @Nullable InputStream body;

	PooledResponse(org.springframework.http.client.reactive.ClientHttpResponse answer) {
		this.answer = answer;
	}

	@Override
	public HttpStatusCode getStatusCode() {
		return this.answer.getStatusCode();
	}

	@Override
	public String getStatusText() {
		HttpStatus status = HttpStatus.resolve(getStatusCode().value());
		return (status != null) ? status.getReasonPhrase() : "";
	}

	@Override
	public HttpHeaders getHeaders() {
		return this.answer.getHeaders();
	}

	@Override
	public InputStream getBody() {
		InputStream known = this.body;
		if (known == null) {
			known = new AnswerInputStream(
					DataBufferUtils.subscriberInputStream(new DrainOnCancelFlux(this.answer.getBody()), BUFFERS_AHEAD));
			this.body = known;
		}
		return known;
	}

	@Override
	public void close() {
		try {
			getBody().close();
		}
		catch (IOException ex) {
			// the rest of an answer that is not read
		}
	}

}
