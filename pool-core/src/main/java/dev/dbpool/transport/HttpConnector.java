package dev.dbpool.transport;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.resources.LoopResources;
import reactor.util.context.Context;

import org.springframework.util.Assert;

/**
 * Opens real HTTP connections to one server for a pool, over HTTP/2 if that is permitted
 * and the server chooses it in the TLS handshake. A connection counts as open when it has
 * answered the probe. While the server answers on other connections, it counts as open
 * when it is established, so that a pool grows as fast as its load. It owns no threads
 * and needs no closing: everything runs on the event loops, which are shared or the
 * caller's.
 */
public final class HttpConnector implements Connector<HttpConnection> {

	/**
	 * Where Reactor's operators look for the hooks of one subscriber, before those of
	 * {@link reactor.core.publisher.Hooks}.
	 */
	private static final String ON_NEXT_DROPPED = "reactor.onNextDropped.local";

	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	private final Origin origin;

	private final HttpProbe probe;

	private final ProbeChoice probes;

	private final Duration connectTimeout;

	private final Duration probeTimeout;

	private final EventLoops eventLoops;

	private final ChannelOpener channels;

	private final OpenFailures failures;

	private final KeepAlive keepAlive;

	private final ServerActivity server;

	private final @Nullable SendGate gate;

	private final HttpConnection.Shared shared;

	private final Http2Connections http2;

	private final Duration maxLifetime;

	private final Duration pingAfter;

	private final Duration pingTimeout;

	private final boolean sharesChannels;

	HttpConnector(Builder builder, ServerActivity server) {
		this.server = server;
		this.gate = builder.gate;
		this.origin = builder.origin;
		this.probe = builder.probe;
		this.probes = new ProbeChoice(this.origin, builder.probe, builder.fallbackProbe);
		this.connectTimeout = builder.connectTimeout;
		this.shared = new HttpConnection.Shared(this.origin, builder.responseTimeout, server, new UnexpectedDataLog(),
				builder.gate);
		this.keepAlive = new KeepAlive(this.origin, System::nanoTime);
		this.probeTimeout = (this.connectTimeout.compareTo(builder.responseTimeout) < 0) ? this.connectTimeout
				: builder.responseTimeout;
		this.pingTimeout = (builder.pingTimeout != null) ? builder.pingTimeout : this.probeTimeout;
		this.pingAfter = (builder.pingAfter != null) ? builder.pingAfter : this.probeTimeout.dividedBy(2);
		this.eventLoops = new EventLoops(builder.loopResources);
		this.maxLifetime = builder.maxLifetime;
		this.http2 = new Http2Connections(this.origin, this::openChannel);
		BooleanSupplier offersHttp2 = (builder.http2 == Http2Mode.AUTO) ? this.http2::isWanted : () -> false;
		this.channels = new ChannelOpener(this.origin, this.connectTimeout, this.eventLoops, builder.sslContext,
				builder.customizer, offersHttp2);
		this.sharesChannels = this.origin.isSecure() && builder.http2 == Http2Mode.AUTO;
		this.failures = new OpenFailures(this.origin, this.probe, this.connectTimeout, builder.urlName);
	}

	/**
	 * Starts to build a connector.
	 * @param baseUrl where to connect to; only scheme, host and port matter
	 * @return a new builder
	 * @throws IllegalArgumentException if the URL is not an http or https one with a
	 * host, or holds a user or password
	 */
	public static Builder builder(URI baseUrl) {
		return new Builder(Origin.of(baseUrl));
	}

	/**
	 * Opens a socket and sends the probe. It is left out in two cases: the server has
	 * answered on another connection within the last second, and no connection has failed
	 * since; or it has closed several connections in a row after the answer to the probe,
	 * so that they are used for one exchange each. Takes no longer than the connect
	 * timeout and the time for a probe together, once the gate is open. An answer that
	 * has arrived by then counts, even if the event loop was busy.
	 * @param events notified when the connection is lost later
	 * @return completed when the connection takes requests; fails with an
	 * {@link IOException} when the server cannot be reached or does not answer as the
	 * probe wants it, with a message that says what to check
	 */
	@Override
	public CompletionStage<HttpConnection> open(ConnectionEvents events) {
		SendGate gate = this.gate;
		return (gate == null || gate.isOpen()) ? openNow(events)
				: gate.whenOpen().thenCompose((open) -> openNow(events));
	}

	private CompletionStage<HttpConnection> openNow(ConnectionEvents events) {
		return within(openTimeout(), connect(events).flatMap((connection) -> warmUp(connection, events)))
			.doOnError((ex) -> this.server.failed())
			.toFuture();
	}

	private Mono<HttpConnection> connect(ConnectionEvents events) {
		Mono<HttpConnection> connection = this.sharesChannels ? this.http2.connect(events)
				: openChannel(events).cast(HttpConnection.class);
		return connection.doOnDiscard(HttpConnection.class, this::close).onErrorMap(this.failures::describe);
	}

	private Mono<OpenedChannel> openChannel(ConnectionEvents events) {
		return Mono.create((opening) -> this.channels.open(new ChannelOpener.Connections() {

			@Override
			public HttpConnection http1(Channel channel, HttpHeaders defaultHeaders) {
				return new HttpConnection(events, HttpConnector.this.shared, defaultHeaders, channel);
			}

			@Override
			public Http2Connection http2(Channel channel, HttpHeaders defaultHeaders, HttpClientConfig config) {
				return new Http2Connection(channel, HttpConnector.this.shared, defaultHeaders, options(config));
			}

		}, opening));
	}

	private Http2Connection.Options options(HttpClientConfig config) {
		return new Http2Connection.Options(config.decoder().maxHeaderSize(), config.isAcceptGzip(), this.maxLifetime,
				this.pingAfter, this.pingTimeout, this.http2::unwanted);
	}

	private Mono<HttpConnection> warmUp(HttpConnection connection, ConnectionEvents events) {
		if (this.keepAlive.forbidsProbe() || this.server.isAnswering()) {
			return Mono.just(connection);
		}
		return once(connection, firstProbe(connection)).thenReturn(connection)
			.doOnError((ex) -> close(connection))
			.doFinally((signal) -> closeCancelled(connection, signal))
			.onErrorResume((ex) -> this.keepAlive.forbidsProbe(), (ex) -> connect(events));
	}

	/**
	 * Called after the probe was cancelled, which would fail otherwise, with an error
	 * that could only be logged.
	 */
	private void closeCancelled(HttpConnection connection, SignalType signal) {
		if (signal == SignalType.CANCEL) {
			close(connection);
		}
	}

	private Mono<Void> firstProbe(HttpConnection connection) {
		HttpProbe next = this.probes.next();
		return probe(connection, next).doOnError((ex) -> this.probes.unanswered())
			.doOnCancel(this.probes::unanswered)
			.doOnNext((status) -> this.probes.answered(next))
			.onErrorMap(this.failures::describe)
			.flatMap((status) -> check(connection, next, status));
	}

	/**
	 * Makes a check once for all places of a shared connection that want one at a time.
	 * That one is bounded. If the place on which it is made is closed before its end,
	 * which says nothing of the others, one of these makes it again.
	 */
	private Mono<Void> once(HttpConnection connection, Mono<Void> check) {
		return connection.http2().map((shared) -> {
			Mono<Void> made = within(this.probeTimeout, check)
				.onErrorMap((failure) -> connection.isClosing() && shared.isOpen(), PlaceClosedException::new);
			return Mono.fromFuture(() -> shared.check(made::toFuture).toCompletableFuture(), true)
				.onErrorResume(PlaceClosedException.class,
						(failure) -> connection.isOpen() ? once(connection, check) : Mono.error(failure));
		}).orElse(check);
	}

	/**
	 * Bounds the time until a probe is answered. One whose answer has arrived is answered
	 * in time, even if the event loop was busy until later.
	 */
	private <T> Mono<T> within(Duration limit, Mono<T> probing) {
		return probing.timeout(this.eventLoops.passed(limit), Mono.error(() -> this.failures.probeTimedOut(limit)))
			.contextWrite(this::expectLate);
	}

	/**
	 * What arrives while the time ends has no receiver: a connection is closed then, and
	 * a failure says no more than that the time has ended.
	 */
	private Context expectLate(Context context) {
		Consumer<Object> item = (late) -> {
			if (late instanceof HttpConnection connection) {
				close(connection);
			}
		};
		Consumer<Throwable> failure = (late) -> {
			if (!(unwrapped(late) instanceof IOException)) {
				Operators.onErrorDropped(late, Context.empty());
			}
		};
		return context.put(ON_NEXT_DROPPED, item).put(ON_ERROR_DROPPED, failure);
	}

	private static Throwable unwrapped(Throwable failure) {
		return (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause() : failure;
	}

	/**
	 * Sends the probe on this very connection, unless the server closes connections after
	 * an answer. It must be answered within the shorter of connect timeout and response
	 * timeout; otherwise the connection is closed. Places of one HTTP/2 connection share
	 * a probe, which another of them sends again if the one that has sent it is closed,
	 * and send none if something has arrived within the last second.
	 * @param connection an idle connection
	 * @return fails with an {@link IOException} when the connection is closed or does not
	 * answer as the probe wants it
	 */
	@Override
	public CompletionStage<Void> validate(HttpConnection connection) {
		if (this.keepAlive.isMissing()) {
			return connection.whenIdle();
		}
		if (connection.isOpen() && connection.http2().filter(Http2Connection::isFresh).isPresent()) {
			return connection.whenIdle();
		}
		HttpProbe next = this.probes.next();
		Mono<Void> check = probe(connection, next).flatMap((status) -> check(connection, next, status));
		return (connection.http2().isPresent() ? once(connection, check) : within(this.probeTimeout, check)).toFuture();
	}

	/**
	 * Returns whether the connection is open and no exchange is in flight.
	 * @param connection the connection
	 */
	@Override
	public boolean isReusable(HttpConnection connection) {
		return connection.isIdle();
	}

	/**
	 * Waits until the exchanges of a lease have ended, which they normally have: their
	 * bodies are read to the end.
	 * @param connection the connection just released
	 * @return fails with {@link ConnectionClosedException} when the connection is closed,
	 * for example because a body was cancelled half way
	 */
	@Override
	public CompletionStage<Void> reset(HttpConnection connection) {
		return connection.whenIdle();
	}

	@Override
	public String describe(HttpConnection connection) {
		return connection.socket();
	}

	/**
	 * Closes the socket, whatever is under way on it. Never throws.
	 * @param connection the connection
	 * @return completed when the socket is closed, after 5 seconds at the latest
	 */
	@Override
	public CompletionStage<Void> close(HttpConnection connection) {
		try {
			return connection.close();
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedStage(ex);
		}
	}

	/**
	 * Returns the event loops, for callbacks that must not block.
	 * @return an executor that runs each task on one of them
	 */
	public Executor executor() {
		return this.eventLoops;
	}

	/**
	 * Returns how long it may take to open a connection: the connect timeout, and the
	 * time for a probe.
	 * @return the time after which {@link #open} has failed
	 */
	public Duration openTimeout() {
		return this.connectTimeout.plus(this.probeTimeout);
	}

	/**
	 * Sends the probe, whatever timeout the last lease has set for its own exchanges.
	 * @return the status of the answer, once that was read
	 */
	private Mono<Integer> probe(HttpConnection connection, HttpProbe probe) {
		return Mono.create((result) -> {
			connection.responseTimeout(null);
			DefaultHttpHeaders headers = new DefaultHttpHeaders();
			probe.headers().forEach(headers::add);
			HttpExchange exchange = connection.exchange(probe.method().name(), probe.path(), headers, null,
					new ProbeListener(result));
			result.onCancel(() -> {
				exchange.cancel();
				connection.abort(exchange);
			});
			exchange.request(Long.MAX_VALUE);
			exchange.begin();
		});
	}

	private Mono<Void> check(HttpConnection connection, HttpProbe probe, int status) {
		if (!probe.isAlive(status)) {
			return Mono.error(new IOException("%s answered the probe %s with status %d, which the probe does not accept"
				.formatted(this.origin, probe, status)));
		}
		if (!connection.isOpen()) {
			if (!connection.isClosing()) {
				this.keepAlive.closedAfterAnswer();
			}
			return Mono.error(new IOException(
					"%s answered the probe %s and closed the connection".formatted(this.origin, probe)));
		}
		this.keepAlive.keptOpen();
		return Mono.empty();
	}

	/**
	 * Says that a check has failed since its place was closed, not its socket.
	 */
	private static final class PlaceClosedException extends IOException {

		private static final long serialVersionUID = 1L;

		PlaceClosedException(Throwable cause) {
			super(cause.getMessage(), cause);
		}

	}

	/**
	 * Reads the answer to a probe.
	 */
	private static final class ProbeListener implements ResponseListener {

		private final MonoSink<Integer> result;

		private int status;

		ProbeListener(MonoSink<Integer> result) {
			this.result = result;
		}

		@Override
		public void onHead(int status, HttpHeaders headers) {
			this.status = status;
		}

		@Override
		public void onContent(ByteBuf content) {
			// the status is all there is to know
		}

		@Override
		public void onComplete() {
			this.result.success(this.status);
		}

		@Override
		public void onError(Throwable failure) {
			this.result.error(failure);
		}

	}

	@Override
	public String toString() {
		return "HttpConnector[%s, probe=%s]".formatted(this.origin, this.probe);
	}

	/**
	 * Builds a {@link HttpConnector}.
	 */
	public static final class Builder {

		private final Origin origin;

		private String urlName = "the base URL";

		private HttpProbe probe = HttpProbe.options("/");

		private @Nullable HttpProbe fallbackProbe;

		private Duration connectTimeout = Duration.ofSeconds(5);

		private Duration responseTimeout = Duration.ofSeconds(10);

		private @Nullable LoopResources loopResources;

		private @Nullable SslContext sslContext;

		private UnaryOperator<HttpClient> customizer = UnaryOperator.identity();

		private @Nullable SendGate gate;

		private Http2Mode http2 = Http2Mode.OFF;

		private Duration maxLifetime = Duration.ZERO;

		private @Nullable Duration pingAfter;

		private @Nullable Duration pingTimeout;

		private Builder(Origin origin) {
			this.origin = origin;
		}

		/**
		 * Sets how messages name the setting that holds the base URL, so that they say
		 * what to check.
		 * @param urlName the name, {@code the base URL} by default
		 * @return this builder
		 */
		public Builder urlName(String urlName) {
			Assert.hasText(urlName, "The name of the URL must not be blank");
			this.urlName = urlName;
			return this;
		}

		/**
		 * Sets how long establishing a connection may take, and the TLS handshake.
		 * @param connectTimeout the timeout, 5 seconds by default
		 * @return this builder
		 */
		public Builder connectTimeout(Duration connectTimeout) {
			this.connectTimeout = positive(connectTimeout, "connect timeout");
			return this;
		}

		/**
		 * Sets how long the server may be silent, from the moment when a request is
		 * written until the end of its answer. Each part of the answer starts the time
		 * anew. Time in which the application does not ask for the next part does not
		 * count. An exchange that takes longer fails with
		 * {@link java.net.SocketTimeoutException}.
		 * @param responseTimeout the timeout, 10 seconds by default
		 * @return this builder
		 */
		public Builder responseTimeout(Duration responseTimeout) {
			this.responseTimeout = positive(responseTimeout, "response timeout");
			return this;
		}

		/**
		 * Sets the request that warms up and validates connections.
		 * @param probe the probe, {@code OPTIONS /} by default
		 * @return this builder
		 */
		public Builder probe(HttpProbe probe) {
			Assert.notNull(probe, "'probe' must not be null");
			this.probe = probe;
			return this;
		}

		/**
		 * Sets the request that takes the place of the probe if a server or a gateway
		 * drops that: if several probes in a row were not answered, none ever was, and
		 * this one is. One log line says so.
		 * @param fallbackProbe the other probe, none by default
		 * @return this builder
		 */
		public Builder fallbackProbe(HttpProbe fallbackProbe) {
			Assert.notNull(fallbackProbe, "'fallbackProbe' must not be null");
			this.fallbackProbe = fallbackProbe;
			return this;
		}

		/**
		 * Sets the event loops. They stay the caller's, who disposes them after the pool.
		 * @param loopResources the event loops, Reactor Netty's shared ones by default
		 * @return this builder
		 */
		public Builder loopResources(LoopResources loopResources) {
			this.loopResources = loopResources;
			return this;
		}

		/**
		 * Sets the TLS context for an {@code https} base URL.
		 * @param sslContext a client's context, the JVM's trust store by default
		 * @return this builder
		 */
		public Builder sslContext(SslContext sslContext) {
			this.sslContext = sslContext;
			return this;
		}

		/**
		 * Sets a customizer of the settings with which connections are opened, for a
		 * proxy, a resolver, TLS, socket options, or handlers of channels. It is called
		 * before the first connection is opened and must return a client made from the
		 * one that it is given. That client is read and never used: what concerns its own
		 * requests and pool, such as redirects, retries, metrics and callbacks, has no
		 * effect. Handlers are those of a socket: with HTTP/2 they see bytes and frames,
		 * not messages.
		 * @param customizer the customizer
		 * @return this builder
		 */
		public Builder httpClientCustomizer(UnaryOperator<HttpClient> customizer) {
			Assert.notNull(customizer, "'customizer' must not be null");
			this.customizer = customizer;
			return this;
		}

		/**
		 * Sets what requests pass before they are sent, and connections before they are
		 * opened.
		 * @param gate the gate, or {@code null}, which is the default, if there is none
		 * @return this builder
		 */
		public Builder gate(@Nullable SendGate gate) {
			this.gate = gate;
			return this;
		}

		/**
		 * Sets whether connections may speak HTTP/2. Several of them share a socket then:
		 * each is room for one exchange at a time, up to the limit of the server and to
		 * 32.
		 * @param http2 the mode, {@link Http2Mode#OFF} by default
		 * @return this builder
		 */
		public Builder http2(Http2Mode http2) {
			Assert.notNull(http2, "'http2' must not be null");
			this.http2 = http2;
			return this;
		}

		/**
		 * Sets after which time a shared socket is replaced, whatever the age of the
		 * connections on it.
		 * @param maxLifetime the time, zero, which means never, by default
		 * @return this builder
		 */
		public Builder maxLifetime(Duration maxLifetime) {
			Assert.isTrue(!maxLifetime.isNegative(), () -> "The maximum lifetime must not be negative: " + maxLifetime);
			this.maxLifetime = maxLifetime;
			return this;
		}

		/**
		 * Sets when an HTTP/2 PING is sent on a shared socket, and how long the answer to
		 * it may take.
		 * @param after the time of silence, half of the time for a probe by default
		 * @param timeout the time for the answer, that for a probe by default
		 * @return this builder
		 */
		Builder ping(Duration after, Duration timeout) {
			this.pingAfter = after;
			this.pingTimeout = timeout;
			return this;
		}

		/**
		 * Builds the connector. Opens nothing yet.
		 * @return a new connector
		 */
		public HttpConnector build() {
			return new HttpConnector(this, new ServerActivity());
		}

		private static Duration positive(Duration timeout, String name) {
			Assert.isTrue(timeout.compareTo(Duration.ofMillis(1)) >= 0,
					() -> "The %s must be at least 1 ms, not %s".formatted(name, timeout));
			return timeout;
		}

	}

}
