package dev.dbpool.transport;

import java.time.Duration;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.cookie.ClientCookieDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.CookieHeaderNames.SameSite;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.support.Netty4HeadersAdapter;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * The answer of an exchange as Spring's {@code WebClient} reads it.
 */
final class ConnectionClientHttpResponse implements ClientHttpResponse {

	private final int status;

	private final HttpHeaders fields;

	private final org.springframework.http.HttpHeaders headers;

	private final ResponseBody body;

	ConnectionClientHttpResponse(int status, HttpHeaders fields, ResponseBody body) {
		this.status = status;
		this.fields = fields;
		this.headers = new org.springframework.http.HttpHeaders(new Netty4HeadersAdapter(fields));
		this.body = body;
	}

	@Override
	public HttpStatusCode getStatusCode() {
		return HttpStatusCode.valueOf(this.status);
	}

	@Override
	public org.springframework.http.HttpHeaders getHeaders() {
		return this.headers;
	}

	@Override
	public Flux<DataBuffer> getBody() {
		return this.body;
	}

	@Override
	public MultiValueMap<String, ResponseCookie> getCookies() {
		MultiValueMap<String, ResponseCookie> cookies = new LinkedMultiValueMap<>();
		for (String field : this.fields.getAll(HttpHeaderNames.SET_COOKIE)) {
			Cookie cookie = ClientCookieDecoder.LAX.decode(field);
			if (cookie != null) {
				cookies.add(cookie.name(), adapt(cookie));
			}
		}
		return cookies;
	}

	private static ResponseCookie adapt(Cookie cookie) {
		return ResponseCookie.fromClientResponse(cookie.name(), cookie.value())
			.domain(cookie.domain())
			.path(cookie.path())
			.maxAge(Duration.ofSeconds(Math.max(-1, cookie.maxAge())))
			.secure(cookie.isSecure())
			.httpOnly(cookie.isHttpOnly())
			.sameSite(sameSite(cookie))
			.build();
	}

	private static @Nullable String sameSite(Cookie cookie) {
		SameSite sameSite = (cookie instanceof DefaultCookie known) ? known.sameSite() : null;
		return (sameSite != null) ? sameSite.name() : null;
	}

}
