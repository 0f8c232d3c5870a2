package dev.dbpool.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.stream.Stream;

import dev.dbpool.pool.Connector.ConnectionEvents;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * One real HTTP connection: one Netty channel. Once that is closed the connection is of
 * no more use: it never opens another one. Safe for use from any thread.
 * <p>
 * With HTTP/2 it is a place on a channel that several connections share: room for one
 * exchange at a time, each on a stream of its own. The channel is closed with the last of
 * them.
 * <p>
 * It is open until it is retired, as soon as it takes no further request, and never opens
 * again. It is retired before the channel is closed, which happens later on its event
 * loop, so that a caller whose exchange was given up also sees that the connection is no
 * longer usable.
 */
public final class HttpConnection implements OpenedChannel {

	private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

	/** A request by one of these says that it has no body (RFC 9110, section 8.6). */
	private static final Set<HttpMethod> BODY_EXPECTED = Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	private static final AtomicIntegerFieldUpdater<HttpConnection> IN_FLIGHT = AtomicIntegerFieldUpdater
		.newUpdater(HttpConnection.class, "inFlight");

	private final ConnectionEvents events;

	private final Shared shared;

	private final long responseTimeoutNanos;

	/** Names and values by turns, read for each request. */
	private final String[] defaultHeaders;

	private final Channel channel;

	/** The shared connection, if this is a place on one. */
	private final @Nullable Http2Connection http2;

	private final ExchangeHandler handler;

	private final ResponseGuard guard = new ResponseGuard(new GuardListener());

	private final ConnectionClientHttpConnector connector = new ConnectionClientHttpConnector(this);

	private final List<CompletableFuture<Void>> idleListeners = new ArrayList<>(0);

	private volatile int inFlight;

	private volatile boolean retired;

	private volatile boolean closing;

	private volatile @Nullable ConnectionHolder holder;

	private volatile long ownTimeoutNanos;

	/** Used by the event loop alone. */
	private boolean opened;

	/** Used by the event loop alone. */
	private boolean endReported;

	/** Used by the event loop alone. */
	private boolean expiryReported;

	/**
	 * Creates the connection of a channel that is yet to be connected.
	 * @param events notified when the connection is lost
	 * @param shared what it shares with the other connections of its connector
	 * @param defaultHeaders sent with each request that has no such headers of its own
	 * @param channel the channel
	 */
	HttpConnection(ConnectionEvents events, Shared shared, HttpHeaders defaultHeaders, Channel channel) {
		this(events, shared, defaultHeaders, channel, null);
	}

	/**
	 * Creates a place on a shared connection.
	 */
	HttpConnection(ConnectionEvents events, Shared shared, HttpHeaders defaultHeaders, Http2Connection http2) {
		this(events, shared, defaultHeaders, http2.channel(), http2);
		this.opened = true;
	}

	private HttpConnection(ConnectionEvents events, Shared shared, HttpHeaders defaultHeaders, Channel channel,
			@Nullable Http2Connection http2) {
		this.http2 = http2;
		this.handler = (http2 != null) ? new Http2ExchangeHandler(this, http2) : new ExchangeHandler(this);
		this.events = events;
		this.shared = shared;
		this.responseTimeoutNanos = shared.responseTimeout().toNanos();
		this.defaultHeaders = defaultHeaders.entries()
			.stream()
			.flatMap((field) -> Stream.of(field.getKey(), field.getValue()))
			.toArray(String[]::new);
		this.channel = channel;
	}

	/**
	 * Returns the pool's number for this connection.
	 * @return an id, unique in its pool
	 */
	public long id() {
		return this.events.connectionId();
	}

	/**
	 * Makes an exchange whose request is known as a whole. Exchanges that are begun while
	 * another is in flight wait and are sent in order. An exchange is in flight until its
	 * answer has been read to the end, also if it is {@linkplain HttpExchange#cancel()
	 * cancelled} before its answer begins. No request is ever repeated and no redirect
	 * followed.
	 * <p>
	 * An exchange that finds the connection closed fails with
	 * {@link ConnectionClosedException}, and nothing is sent.
	 * @param method the method, such as {@code GET}
	 * @param target path and query
	 * @param headers the header fields, without {@code Host} and {@code Content-Length};
	 * they belong to the exchange from now on
	 * @param body the body, or {@code null} without one
	 * @param listener receives the answer; parts of its body are delivered as they are
	 * {@linkplain HttpExchange#request requested}
	 * @return the exchange, which is yet to {@linkplain HttpExchange#begin() begin}
	 */
	public HttpExchange exchange(String method, String target, HttpHeaders headers, byte @Nullable [] body,
			ResponseListener listener) {
		ByteBuf content = (body != null) ? Unpooled.wrappedBuffer(body) : Unpooled.EMPTY_BUFFER;
		return new HttpExchange(this, (sending, handler) -> handler.write(sending,
				request(HttpMethod.valueOf(method), target, headers, content)), listener);
	}

	/**
	 * Makes a whole request, with what is sent with each. Its length is that of the body,
	 * whatever the header fields say.
	 * @param headers the header fields, which belong to the request from now on
	 * @param body the body, which is released when it was sent
	 */
	FullHttpRequest request(HttpMethod method, String target, HttpHeaders headers, ByteBuf body) {
		addDefaults(headers);
		headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
		int length = body.readableBytes();
		if (length > 0 || BODY_EXPECTED.contains(method)) {
			headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
		}
		else {
			headers.remove(HttpHeaderNames.CONTENT_LENGTH);
		}
		return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, target, body, headers,
				EmptyHttpHeaders.INSTANCE);
	}

	/**
	 * Makes the head of a request whose body follows in parts.
	 * @param headers the header fields, which belong to the request from now on
	 */
	HttpRequest head(HttpMethod method, String target, HttpHeaders headers) {
		addDefaults(headers);
		String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
		if (length != null) {
			headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
			headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
		}
		else {
			headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
		}
		return new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target, headers);
	}

	private void addDefaults(HttpHeaders headers) {
		for (int i = 0; i < this.defaultHeaders.length; i += 2) {
			if (!headers.contains(this.defaultHeaders[i])) {
				headers.add(this.defaultHeaders[i], this.defaultHeaders[i + 1]);
			}
		}
	}

	/**
	 * Returns a connector through which exchanges of a {@code WebClient} are made on this
	 * connection, as {@link #exchange} makes them. One to another scheme, host or port
	 * than the connection's fails with {@link IllegalArgumentException}, and nothing is
	 * sent.
	 * @return the connector
	 */
	public ConnectionClientHttpConnector clientConnector() {
		return this.connector;
	}

	/**
	 * Returns whether exchanges can still be made.
	 * @return {@code false} as soon as the connection was closed by either side, the
	 * server announced that it will close it, or an exchange was given up half way
	 */
	public boolean isOpen() {
		return !this.retired && this.channel.isActive();
	}

	/**
	 * Returns whether the connection is open and no exchange is in flight.
	 * @return whether it can be used for another purpose
	 */
	public boolean isIdle() {
		return isOpen() && this.inFlight == 0;
	}

	/**
	 * Returns this side's address of the socket.
	 * @return the address, or empty if there is none
	 */
	public Optional<InetSocketAddress> localAddress() {
		return (this.channel.localAddress() instanceof InetSocketAddress address) ? Optional.of(address)
				: Optional.empty();
	}

	/**
	 * Returns the protocol that is spoken on the connection.
	 * @return {@code HTTP/1.1} or {@code HTTP/2}
	 */
	public String protocol() {
		return (this.http2 != null) ? "HTTP/2" : "HTTP/1.1";
	}

	/**
	 * Returns the connection that this one shares with others.
	 */
	Optional<Http2Connection> http2() {
		return Optional.ofNullable(this.http2);
	}

	/**
	 * Describes the socket.
	 * @return its addresses, such as {@code 10.0.0.7:52114 -> 10.0.0.9:443}, and the
	 * protocol if that is HTTP/2
	 */
	String socket() {
		return (this.http2 != null) ? addresses() + " HTTP/2" : addresses();
	}

	private String addresses() {
		return (this.channel.localAddress() instanceof InetSocketAddress local
				&& this.channel.remoteAddress() instanceof InetSocketAddress remote)
						? address(local) + " -> " + address(remote) : this.channel.id().asShortText();
	}

	private static String address(InetSocketAddress address) {
		String host = (address.getAddress() != null) ? address.getAddress().getHostAddress() : address.getHostString();
		return ((host.indexOf(':') != -1) ? "[" + host + "]" : host) + ":" + address.getPort();
	}

	/**
	 * Returns how many exchanges have begun and not ended, the waiting ones included.
	 * @return the number at this moment
	 */
	public int exchangesInFlight() {
		return this.inFlight;
	}

	/**
	 * Sets how long the server may be silent in the exchanges that begin from now on.
	 * @param timeout the time, or {@code null} for that of the connector
	 */
	public void responseTimeout(@Nullable Duration timeout) {
		this.ownTimeoutNanos = (timeout != null) ? timeout.toNanos() : 0;
	}

	/**
	 * Sets who is notified when a subscriber to an exchange throws, when the pool closes
	 * the connection, and when a part of an answer arrives. An exchange keeps the holder
	 * that it was begun with. Without a holder an exchange ends with what its subscriber
	 * has thrown.
	 * @param holder the holder, or {@code null} if there is none any more
	 */
	public void heldBy(@Nullable ConnectionHolder holder) {
		this.holder = holder;
	}

	@Nullable ConnectionHolder holder() {
		return this.holder;
	}

	Origin origin() {
		return this.shared.origin();
	}

	ExchangeHandler handler() {
		return this.handler;
	}

	ResponseGuard guard() {
		return this.guard;
	}

	ServerActivity server() {
		return this.shared.server();
	}

	/**
	 * Returns whether a request may be sent now.
	 */
	boolean maySend() {
		SendGate gate = this.shared.gate();
		return gate == null || gate.isOpen();
	}

	long responseTimeoutNanos() {
		long own = this.ownTimeoutNanos;
		return (own > 0) ? own : this.responseTimeoutNanos;
	}

	/**
	 * Notes that the channel is connected.
	 */
	void opened() {
		this.opened = true;
	}

	/**
	 * Begins an exchange on the event loop.
	 */
	void submit(HttpExchange exchange) {
		IN_FLIGHT.incrementAndGet(this);
		if (!exchange.submitted()) {
			exchangeEnded();
			return;
		}
		executeNow(() -> this.handler.submit(exchange));
	}

	/**
	 * Runs a task on the event loop, after what is under way there. Once the loop has
	 * been shut down, nothing is under way, and the task runs on this thread.
	 */
	void execute(Runnable task) {
		try {
			this.channel.eventLoop().execute(task);
		}
		catch (RejectedExecutionException ex) {
			task.run();
		}
	}

	/**
	 * Runs a task on the event loop, before this returns if that is the present thread.
	 */
	void executeNow(Runnable task) {
		if (this.channel.eventLoop().inEventLoop()) {
			task.run();
		}
		else {
			execute(task);
		}
	}

	/**
	 * Notes that an exchange has ended. Called after the connection was retired if it
	 * cannot be used any more.
	 */
	void exchangeEnded() {
		if (IN_FLIGHT.decrementAndGet(this) > 0) {
			return;
		}
		List<CompletableFuture<Void>> idle;
		synchronized (this.idleListeners) {
			if (this.idleListeners.isEmpty()) {
				return;
			}
			idle = List.copyOf(this.idleListeners);
			this.idleListeners.clear();
		}
		idle.forEach((reset) -> reset.complete(null));
	}

	/**
	 * Waits until no exchange is in flight: their answers have arrived, or the connection
	 * was closed.
	 * @return completed on the event loop, or with an exchange that is cancelled; fails
	 * with {@link ConnectionClosedException} if the connection is then not open
	 */
	public CompletionStage<Void> whenIdle() {
		if (this.inFlight == 0) {
			return requireOpen();
		}
		CompletableFuture<Void> idle = new CompletableFuture<>();
		synchronized (this.idleListeners) {
			if (this.inFlight > 0) {
				this.idleListeners.add(idle);
				return idle.thenCompose((nothing) -> requireOpen());
			}
		}
		return requireOpen();
	}

	private CompletionStage<Void> requireOpen() {
		return isOpen() ? DONE : CompletableFuture
			.failedStage(new ConnectionClosedException("The connection to %s is closed".formatted(origin()), null));
	}

	/**
	 * Closes the connection, whatever is under way on it.
	 * @return completed when it is closed, or when that took too long
	 */
	CompletionStage<Void> close() {
		this.closing = true;
		ConnectionHolder present = this.holder;
		if (present != null) {
			present.connectionClosing();
		}
		this.retired = true;
		CompletableFuture<Void> done = new CompletableFuture<>();
		if (this.http2 != null) {
			executeNow(() -> closePlace(this.http2, done));
		}
		else {
			this.channel.close().addListener((closed) -> {
				this.handler.closed();
				done.complete(null);
			});
		}
		return done.isDone() ? done : done.completeOnTimeout(null, CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
	}

	private void closePlace(Http2Connection shared, CompletableFuture<Void> done) {
		((Http2ExchangeHandler) this.handler).close();
		shared.release(this).whenComplete((closed, failure) -> done.complete(null));
	}

	boolean isClosing() {
		return this.closing;
	}

	/**
	 * Closes the connection without waiting for it, since an exchange was given up.
	 */
	void abort(HttpExchange exchange) {
		this.retired = true;
		if (this.handler instanceof Http2ExchangeHandler streams) {
			executeNow(() -> streams.abort(exchange));
		}
		else {
			this.channel.close();
		}
	}

	/**
	 * Reports that a part of an answer arrived.
	 */
	void active() {
		ConnectionHolder present = this.holder;
		if (present != null) {
			present.connectionActive();
		}
	}

	/**
	 * Notes that the connection takes no further request.
	 */
	void retired() {
		if (reportEnd()) {
			this.handler.refuseWaiting(new IOException("The server closes the connection"));
			if (this.opened && !this.closing) {
				server().failed();
				this.events.disconnected();
			}
		}
	}

	/**
	 * Notes that the connection takes no further request though the server is well.
	 */
	void expired() {
		if (reportEnd()) {
			this.handler.refuseWaiting(new IOException("The connection takes no further request"));
			reportExpiry();
		}
	}

	/**
	 * Has the connection replaced once it is not leased. Until then it takes requests.
	 */
	void outdated() {
		if (!this.endReported) {
			reportExpiry();
		}
	}

	/**
	 * Returns whether the connection is to be replaced, or was.
	 */
	boolean isOutdated() {
		return this.expiryReported || this.endReported;
	}

	private void reportExpiry() {
		if (!this.expiryReported) {
			this.expiryReported = true;
			if (!this.closing) {
				this.events.expired();
			}
		}
	}

	/**
	 * Returns whether the server has ended the socket in good order after it had
	 * processed requests on it.
	 */
	boolean hasEndedInGoodOrder() {
		return this.http2 != null && this.http2.hasEndedInGoodOrder();
	}

	/**
	 * Ends an exchange whose stream the server will not process.
	 * @param lastStream the number of the last stream that it processes
	 */
	void goingAway(int lastStream) {
		if (this.handler instanceof Http2ExchangeHandler streams) {
			streams.goingAway(lastStream);
		}
	}

	private boolean reportEnd() {
		this.retired = true;
		boolean first = !this.endReported;
		this.endReported = true;
		return first;
	}

	@Override
	public String toString() {
		return "HttpConnection[id=%d, %s, %s]".formatted(id(), origin(), isOpen() ? "open" : "closed");
	}

	/**
	 * What the connections of one connector share.
	 *
	 * @param origin where they lead
	 * @param responseTimeout the longest silence of the server while it answers
	 * @param server what they have seen of the server
	 * @param log where they report data that no request has asked for
	 * @param gate what requests pass before they are sent, or {@code null}
	 */
	record Shared(Origin origin, Duration responseTimeout, ServerActivity server, UnexpectedDataLog log,
			@Nullable SendGate gate) {

	}

	/**
	 * Learns what the guard finds out.
	 */
	private final class GuardListener implements ResponseGuard.Listener {

		@Override
		public void requestBegins() {
			HttpConnection.this.handler.requestBegins();
		}

		@Override
		public void retired() {
			HttpConnection.this.retired();
		}

		@Override
		public void unexpectedData(int bytes, int status) {
			HttpConnection connection = HttpConnection.this;
			if (connection.reportEnd()) {
				connection.shared.log().unexpectedData(connection.origin(), id(), bytes, status);
				connection.handler.refuseWaiting(new IOException("The server sent data that no request has asked for"));
				connection.events.unexpectedData();
			}
		}

	}

}
