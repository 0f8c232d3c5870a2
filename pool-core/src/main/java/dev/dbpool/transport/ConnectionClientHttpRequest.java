package dev.dbpool.transport;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.support.Netty4HeadersAdapter;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * The request of an exchange as Spring's {@code WebClient} writes it. A single body
 * buffer is sent with its length, several ones are sent as they come, each after the one
 * before was written.
 */
final class ConnectionClientHttpRequest implements ClientHttpRequest {

	private final HttpConnection connection;

	private final HttpExchange exchange;

	private final HttpMethod method;

	private final URI uri;

	private final Consumer<HttpHeaders> lastChange;

	/** The header fields that are sent. They are written through the view. */
	private final HttpFields fields = new HttpFields();

	private final HttpHeaders headers = new HttpHeaders(new Netty4HeadersAdapter(this.fields));

	private final MultiValueMap<String, HttpCookie> cookies = new LinkedMultiValueMap<>(0);

	private final List<Supplier<? extends Mono<Void>>> beforeCommit = new ArrayList<>(0);

	private final AtomicBoolean committed = new AtomicBoolean();

	/** Whether the request is sent as its header fields are, or never. */
	private final AtomicBoolean decided = new AtomicBoolean();

	private @Nullable Map<String, Object> attributes;

	private volatile boolean sealed;

	/** How long the body is that is sent in parts, if its header fields say so. */
	private long length = Long.MAX_VALUE;

	/** How much of it was sent. */
	private long sent;

	/**
	 * Creates a request.
	 * @param lastChange changes the header fields after all others have
	 */
	ConnectionClientHttpRequest(HttpConnection connection, HttpExchange exchange, HttpMethod method, URI uri,
			Consumer<HttpHeaders> lastChange) {
		this.connection = connection;
		this.exchange = exchange;
		this.method = method;
		this.uri = uri;
		this.lastChange = lastChange;
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
	public HttpHeaders getHeaders() {
		return this.sealed ? HttpHeaders.readOnlyHttpHeaders(this.headers) : this.headers;
	}

	@Override
	public MultiValueMap<String, HttpCookie> getCookies() {
		return this.cookies;
	}

	@Override
	public Map<String, Object> getAttributes() {
		Map<String, Object> known = this.attributes;
		if (known == null) {
			known = new LinkedHashMap<>();
			this.attributes = known;
		}
		return known;
	}

	@Override
	public void beforeCommit(Supplier<? extends Mono<Void>> action) {
		this.beforeCommit.add(action);
	}

	@Override
	public boolean isCommitted() {
		return this.committed.get();
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
			return commit(sendParts(Flux.from(body)));
		}
		AtomicBoolean begun = new AtomicBoolean();
		return commit(sendWhole(single).doFirst(() -> begun.set(true)))
			.onErrorResume((failure) -> begun.get() ? Mono.error(failure)
					: single.doOnNext(DataBufferUtils::release).onErrorComplete().then(Mono.error(failure)));
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		return commit(sendParts(Flux.from(body).concatMap((part) -> part)));
	}

	@Override
	public Mono<Void> setComplete() {
		return commit(Mono.fromRunnable(() -> sendWhole(Unpooled.EMPTY_BUFFER)));
	}

	/**
	 * Sends the request once, after all that is to be done before.
	 */
	private Mono<Void> commit(Mono<Void> sending) {
		if (!this.committed.compareAndSet(false, true)) {
			return Mono.empty();
		}
		return this.beforeCommit.isEmpty() ? sending
				: Flux.concat(this.beforeCommit.stream().<Mono<Void>>map(Supplier::get).toList()).then(sending);
	}

	/**
	 * Returns why the request cannot be sent as it is. What is to be done before it is
	 * committed may still change that.
	 */
	Optional<IllegalArgumentException> refusal() {
		return this.beforeCommit.isEmpty() ? foreignHost() : Optional.empty();
	}

	/**
	 * Ends the request, unless it is being sent.
	 * @return whether it is never sent
	 */
	boolean endUnsent() {
		return this.decided.compareAndSet(false, true);
	}

	/**
	 * Returns the failure of a request that names another host than that of the URI,
	 * which a gateway may follow.
	 */
	private Optional<IllegalArgumentException> foreignHost() {
		if (!this.fields.contains(HttpHeaders.HOST)) {
			return Optional.empty();
		}
		Origin origin = this.connection.origin();
		return this.fields.getAll(HttpHeaders.HOST)
			.stream()
			.filter((host) -> !origin.isNamedBy(host))
			.findFirst()
			.map((host) -> new IllegalArgumentException(
					"This connection leads to %s, so no request with another 'Host' header can be sent through it: '%s'"
						.formatted(origin, host)));
	}

	/**
	 * Completes the header fields, immediately before they are sent: what makes the body
	 * may still change them. Fails before their last change when they name another host.
	 */
	private HttpFields seal() {
		if (!this.cookies.isEmpty()) {
			this.headers.add(HttpHeaders.COOKIE,
					this.cookies.values()
						.stream()
						.flatMap((cookies) -> cookies.stream())
						.map((cookie) -> cookie.getName() + "=" + cookie.getValue())
						.collect(Collectors.joining("; ")));
		}
		foreignHost().ifPresent((failure) -> {
			throw failure;
		});
		if (!endUnsent()) {
			throw new CancellationException("The request was refused before");
		}
		this.lastChange.accept(this.headers);
		this.sealed = true;
		return this.fields;
	}

	private Mono<Void> sendWhole(Mono<? extends DataBuffer> body) {
		return body.<ByteBuf>map(NettyDataBufferFactory::toByteBuf)
			.defaultIfEmpty(Unpooled.EMPTY_BUFFER)
			.doOnNext(this::sendWhole)
			.then();
	}

	/**
	 * Writes the whole request. If that fails, so does the exchange.
	 */
	private void sendWhole(ByteBuf content) {
		if (this.exchange.takesRequest()) {
			write(content, () -> this.connection.request(nettyMethod(), target(), seal(), content));
		}
		else {
			content.release();
		}
	}

	private Mono<Void> sendParts(Flux<? extends DataBuffer> body) {
		return writePart(Unpooled.EMPTY_BUFFER, this::head)
			.thenMany(body.<ByteBuf>map(NettyDataBufferFactory::toByteBuf)
				.concatMap((content) -> writePart(content, () -> part(content)), 0))
			.then(writePart(Unpooled.EMPTY_BUFFER, this::end));
	}

	private HttpRequest head() {
		HttpRequest head = this.connection.head(nettyMethod(), target(), seal());
		this.length = HttpUtil.getContentLength(head, this.length);
		return head;
	}

	/**
	 * Makes a part of the body. The server would take what exceeds the length for another
	 * request.
	 */
	private HttpContent part(ByteBuf content) {
		this.sent += content.readableBytes();
		if (this.sent > this.length) {
			throw new IllegalArgumentException(
					"The body of the request has more than the %d bytes of its 'Content-Length' header"
						.formatted(this.length));
		}
		return new DefaultHttpContent(content);
	}

	private LastHttpContent end() {
		if (this.sent < this.length && this.length != Long.MAX_VALUE) {
			throw new IllegalArgumentException(
					"The body of the request ends after %d of the %d bytes of its 'Content-Length' header"
						.formatted(this.sent, this.length));
		}
		return LastHttpContent.EMPTY_LAST_CONTENT;
	}

	/**
	 * Waits until a part was written; a failure of that ends the exchange, and so does
	 * what the next part throws: the event loop would only log it. Writing stops at an
	 * answer that makes the rest useless, and is cancelled with the exchange: an error
	 * after that would only be logged.
	 */
	private Mono<Void> writePart(ByteBuf content, Supplier<Object> part) {
		return Mono.create((sink) -> {
			if (this.exchange.takesRequest()) {
				write(content, part).addListener((written) -> {
					try {
						sink.success();
					}
					catch (Throwable ex) {
						this.exchange.requestFailed(ex);
					}
				});
				return;
			}
			content.release();
			if (this.exchange.isRefused()) {
				sink.error(new CancellationException("The answer makes the rest of the request useless"));
			}
		});
	}

	private ChannelFuture write(ByteBuf content, Supplier<Object> part) {
		Object message;
		try {
			message = part.get();
		}
		catch (Throwable ex) {
			content.release();
			throw ex;
		}
		return this.connection.handler().write(this.exchange, message);
	}

	private String target() {
		String path = this.uri.getRawPath().isEmpty() ? "/" : this.uri.getRawPath();
		return (this.uri.getRawQuery() != null) ? path + "?" + this.uri.getRawQuery() : path;
	}

	private io.netty.handler.codec.http.HttpMethod nettyMethod() {
		return io.netty.handler.codec.http.HttpMethod.valueOf(this.method.name());
	}

}
