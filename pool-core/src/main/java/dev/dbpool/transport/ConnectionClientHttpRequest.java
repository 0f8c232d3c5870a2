package dev.dbpool.transport;

import java.net.URI;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.AbstractClientHttpRequest;

/**
 * The request of an exchange as Spring's {@code WebClient} writes it. A single body
 * buffer is sent with its length, several ones are sent as they come, each after the one
 * before was written.
 */
final class ConnectionClientHttpRequest extends AbstractClientHttpRequest {

	private final HttpConnection connection;

	private final HttpExchange exchange;

	private final HttpMethod method;

	private final URI uri;

	ConnectionClientHttpRequest(HttpConnection connection, HttpExchange exchange, HttpMethod method, URI uri) {
		this.connection = connection;
		this.exchange = exchange;
		this.method = method;
		this.uri = uri;
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
	public DataBufferFactory bufferFactory() {
		return new NettyDataBufferFactory(this.connection.handler().allocator());
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T> T getNativeRequest() {
		return (T) this.exchange;
	}

	/**
	 * A single buffer is encoded already. It is released if the request is refused before
	 * it is written.
	 */
	@Override
	public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
		if (!(body instanceof Mono<? extends DataBuffer> single)) {
			return doCommit(() -> sendParts(Flux.from(body)));
		}
		AtomicBoolean begun = new AtomicBoolean();
		return doCommit(() -> sendWhole(single).doFirst(() -> begun.set(true)))
			.onErrorResume((failure) -> begun.get() ? Mono.error(failure)
					: single.doOnNext(DataBufferUtils::release).onErrorComplete().then(Mono.error(failure)));
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		return doCommit(() -> sendParts(Flux.from(body).concatMap((part) -> part)));
	}

	@Override
	public Mono<Void> setComplete() {
		return doCommit(() -> sendWhole(Unpooled.EMPTY_BUFFER));
	}

	/**
	 * Fails when the request names another host than that of its URI, which a gateway may
	 * follow.
	 */
	Mono<Void> requireOwnHost() {
		Origin origin = this.connection.origin();
		return getHeaders().getOrEmpty(HttpHeaders.HOST).stream().allMatch(origin::isNamedBy) ? Mono.empty() : Mono
			.error(() -> new IllegalArgumentException(
					"This connection leads to %s, so no request with another 'Host' header can be sent through it: '%s'"
						.formatted(origin, getHeaders().getFirst(HttpHeaders.HOST))));
	}

	@Override
	protected void applyHeaders() {
		// written with the request
	}

	@Override
	protected void applyCookies() {
		if (!getCookies().isEmpty()) {
			getHeaders().add(HttpHeaders.COOKIE,
					getCookies().values()
						.stream()
						.flatMap((cookies) -> cookies.stream())
						.map((cookie) -> cookie.getName() + "=" + cookie.getValue())
						.collect(Collectors.joining("; ")));
		}
	}

	private Mono<Void> sendWhole(Mono<? extends DataBuffer> body) {
		return body.<ByteBuf>map(NettyDataBufferFactory::toByteBuf)
			.defaultIfEmpty(Unpooled.EMPTY_BUFFER)
			.flatMap(this::sendWhole);
	}

	private Mono<Void> sendWhole(ByteBuf content) {
		return write(content, () -> this.connection.request(nettyMethod(), target(), headers(), content));
	}

	private Mono<Void> sendParts(Flux<? extends DataBuffer> body) {
		return write(Unpooled.EMPTY_BUFFER, () -> this.connection.head(nettyMethod(), target(), headers()))
			.thenMany(body.<ByteBuf>map(NettyDataBufferFactory::toByteBuf)
				.concatMap((content) -> write(content, () -> new DefaultHttpContent(content)), 0))
			.then(write(Unpooled.EMPTY_BUFFER, () -> LastHttpContent.EMPTY_LAST_CONTENT));
	}

	/**
	 * Writes a part, unless the exchange has ended. Waits until it was written; a failure
	 * of that ends the exchange, and so does what the next part throws: the event loop
	 * would only log it.
	 */
	private Mono<Void> write(ByteBuf content, Supplier<Object> part) {
		return Mono.create((sink) -> {
			if (!this.exchange.isSending()) {
				content.release();
				sink.error(new CancellationException("The exchange has ended"));
				return;
			}
			Object message;
			try {
				message = part.get();
			}
			catch (Throwable ex) {
				content.release();
				throw ex;
			}
			this.connection.handler().write(this.exchange, message).addListener((written) -> {
				try {
					sink.success();
				}
				catch (Throwable ex) {
					this.exchange.requestFailed(ex);
				}
			});
		});
	}

	private String target() {
		String path = this.uri.getRawPath().isEmpty() ? "/" : this.uri.getRawPath();
		return (this.uri.getRawQuery() != null) ? path + "?" + this.uri.getRawQuery() : path;
	}

	private HttpFields headers() {
		HttpFields headers = new HttpFields();
		getHeaders().forEach(headers::add);
		return headers;
	}

	private io.netty.handler.codec.http.HttpMethod nettyMethod() {
		return io.netty.handler.codec.http.HttpMethod.valueOf(this.method.name());
	}

}
