package dev.dbpool.transport;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import javax.net.ssl.SSLParameters;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpResponseDecoderSpec;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;
import reactor.netty.transport.ProxyProvider;

import org.springframework.util.Assert;

/**
 * Opens the channels of one connector: resolves the host, connects to one of its
 * addresses after the other, through a proxy if one is set, and completes the TLS
 * handshake. A customizer makes the settings for that on an {@link HttpClient} of Reactor
 * Netty, which is read and never used.
 */
final class ChannelOpener {

	/**
	 * PostgREST repeats the whole query in a header of its answer, and queries may be
	 * long.
	 */
	private static final int MAX_HEADER_SIZE = 64 * 1024;

	private static final String USER_AGENT = "dbpool";

	private static final String[] PROTOCOLS = { ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1 };

	/** Recognizes clients that a customizer has made anew. */
	private static final ConnectionProvider UNUSED = ConnectionProvider.newConnection();

	private final Origin origin;

	private final int connectTimeoutMillis;

	private final EventLoops eventLoops;

	private final @Nullable SslProvider sslProvider;

	private final UnaryOperator<HttpClient> customizer;

	private final BooleanSupplier offersHttp2;

	private @Nullable HttpClientConfig config;

	/**
	 * Creates an opener.
	 * @param offersHttp2 returns whether the TLS handshake offers HTTP/2
	 */
	ChannelOpener(Origin origin, Duration connectTimeout, EventLoops eventLoops, @Nullable SslContext sslContext,
			UnaryOperator<HttpClient> customizer, BooleanSupplier offersHttp2) {
		this.offersHttp2 = offersHttp2;
		this.origin = origin;
		this.connectTimeoutMillis = (int) Math.min(connectTimeout.toMillis(), Integer.MAX_VALUE);
		this.eventLoops = eventLoops;
		this.sslProvider = origin.isSecure() ? sslProvider(sslContext, connectTimeout) : null;
		this.customizer = customizer;
	}

	private static SslProvider sslProvider(@Nullable SslContext sslContext, Duration handshakeTimeout) {
		SslProvider.SslContextSpec spec = SslProvider.builder();
		SslProvider.Builder builder = (sslContext != null) ? spec.sslContext(sslContext)
				: spec.sslContext((SslProvider.GenericSslContextSpec<?>) Http11SslContextSpec.forClient());
		return builder.handshakeTimeout(handshakeTimeout).build();
	}

	/**
	 * Opens a channel on the next event loop.
	 * @param connections makes the connection of the channel
	 * @param result completed on the event loop when the connection takes requests. A
	 * cancel closes the channel
	 */
	void open(Connections connections, MonoSink<OpenedChannel> result) {
		new Opening(configuration(), this.eventLoops.next(), connections, result).begin();
	}

	/**
	 * Returns the settings, which are made once: a resolver among them has a cache.
	 */
	private synchronized HttpClientConfig configuration() {
		HttpClientConfig known = this.config;
		if (known == null) {
			known = configure();
			this.config = known;
		}
		return known;
	}

	private HttpClientConfig configure() {
		HttpClient client = HttpClient.create(UNUSED)
			.httpResponseDecoder((decoder) -> decoder.maxHeaderSize(MAX_HEADER_SIZE))
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, this.connectTimeoutMillis);
		if (this.sslProvider != null) {
			client = client.secure(this.sslProvider);
		}
		HttpClientConfig config = this.customizer.apply(client).configuration();
		Assert.state(config.connectionProvider() == UNUSED,
				"The HTTP client customizer must return a client made from the one that it was given");
		return config;
	}

	/**
	 * Returns the limits that a client sets on the head of an answer.
	 */
	static HttpDecoderConfig decoding(HttpClientConfig config) {
		HttpResponseDecoderSpec spec = config.decoder();
		HttpDecoderConfig decoding = new HttpDecoderConfig().setMaxInitialLineLength(spec.maxInitialLineLength())
			.setMaxHeaderSize(spec.maxHeaderSize())
			.setValidateHeaders(spec.validateHeaders())
			.setInitialBufferSize(spec.initialBufferSize())
			.setAllowDuplicateContentLengths(spec.allowDuplicateContentLengths())
			.setAllowPartialChunks(spec.allowPartialChunks());
		return spec.validateHeaders() ? decoding.setHeadersFactory(HttpFields.FACTORY) : decoding;
	}

	/**
	 * Makes the connections of channels.
	 */
	interface Connections {

		/**
		 * Makes the connection of a channel that is yet to be connected.
		 */
		HttpConnection http1(Channel channel, HttpHeaders defaultHeaders);

		/**
		 * Makes the shared connection of a channel on which HTTP/2 was negotiated.
		 */
		Http2Connection http2(Channel channel, HttpHeaders defaultHeaders, HttpClientConfig config);

	}

	/**
	 * One channel that is being opened.
	 */
	private final class Opening extends ChannelInitializer<Channel> {

		private final HttpClientConfig config;

		private final EventLoop loop;

		private final Connections connections;

		private final MonoSink<OpenedChannel> result;

		private final InetSocketAddress address;

		private final @Nullable ProxyProvider proxy;

		private volatile @Nullable Channel channel;

		private volatile boolean cancelled;

		private @Nullable HttpConnection connection;

		private @Nullable SslHandler ssl;

		Opening(HttpClientConfig config, EventLoop loop, Connections connections, MonoSink<OpenedChannel> result) {
			this.config = config;
			this.loop = loop;
			this.connections = connections;
			this.result = result.onCancel(this::cancel);
			this.address = InetSocketAddress.createUnresolved(hostName(), ChannelOpener.this.origin.port());
			this.proxy = proxy();
		}

		private @Nullable ProxyProvider proxy() {
			Supplier<? extends ProxyProvider> supplier = this.config.proxyProviderSupplier();
			ProxyProvider provider = (supplier != null) ? supplier.get() : this.config.proxyProvider();
			return (provider != null && provider.shouldProxy(this.address)) ? provider : null;
		}

		private String hostName() {
			String host = ChannelOpener.this.origin.host();
			return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
		}

		private void cancel() {
			this.cancelled = true;
			Channel present = this.channel;
			if (present != null) {
				present.close();
			}
		}

		/**
		 * Resolves the host, unless a proxy does that.
		 */
		@SuppressWarnings("unchecked")
		void begin() {
			if (this.proxy != null) {
				beginToConnect(List.of(this.address));
				return;
			}
			AddressResolverGroup<?> resolvers = (this.config.resolver() != null) ? this.config.resolver()
					: this.config.defaultAddressResolverGroup();
			AddressResolver<InetSocketAddress> resolver = (AddressResolver<InetSocketAddress>) resolvers
				.getResolver(this.loop);
			resolver.resolveAll(this.address).addListener((Future<List<InetSocketAddress>> resolved) -> {
				if (resolved.isSuccess()) {
					beginToConnect(resolved.getNow());
				}
				else {
					this.result.error(resolved.cause());
				}
			});
		}

		/**
		 * Connects on the event loop of the channel, so that nothing can happen to the
		 * channel before the listeners are added. A resolver may have another loop.
		 */
		private void beginToConnect(List<InetSocketAddress> addresses) {
			try {
				this.loop.execute(() -> tryToConnect(addresses, 0));
			}
			catch (RejectedExecutionException ex) {
				this.result.error(ex);
			}
		}

		/**
		 * Called by the event loop, which would only log what is thrown.
		 */
		private void tryToConnect(List<InetSocketAddress> addresses, int index) {
			try {
				connect(addresses, index);
			}
			catch (Throwable ex) {
				this.result.error(ex);
			}
		}

		/**
		 * Connects to one address, and to the next one if that fails.
		 */
		private void connect(List<InetSocketAddress> addresses, int index) {
			if (this.cancelled) {
				return;
			}
			ChannelFuture connecting = bootstrap().connect(addresses.get(index));
			this.channel = connecting.channel();
			if (this.cancelled) {
				this.channel.close();
			}
			connecting.addListener((Future<Void> connected) -> {
				if (connected.isSuccess()) {
					handshake();
				}
				else if (index + 1 < addresses.size()) {
					tryToConnect(addresses, index + 1);
				}
				else {
					this.result.error(connected.cause());
				}
			});
		}

		@SuppressWarnings("unchecked")
		private Bootstrap bootstrap() {
			Bootstrap bootstrap = new Bootstrap().group(this.loop)
				.channel(ChannelOpener.this.eventLoops.channelClass())
				.resolver(NoopAddressResolverGroup.INSTANCE)
				.handler(this);
			this.config.options().forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
			this.config.attributes().forEach((key, value) -> bootstrap.attr((AttributeKey<Object>) key, value));
			bootstrap.option(ChannelOption.AUTO_READ, true);
			Supplier<? extends SocketAddress> bindAddress = this.config.bindAddress();
			return (bindAddress != null) ? bootstrap.localAddress(bindAddress.get()) : bootstrap;
		}

		@Override
		protected void initChannel(Channel channel) {
			HttpConnection created = this.connections.http1(channel, defaultHeaders());
			this.connection = created;
			ChannelPipeline pipeline = channel.pipeline();
			if (this.config.loggingHandler() != null) {
				pipeline.addLast(NettyPipeline.LoggingHandler, this.config.loggingHandler());
			}
			if (this.proxy != null) {
				pipeline.addLast(NettyPipeline.ProxyHandler, this.proxy.newProxyHandler());
			}
			SslProvider provider = this.config.sslProvider();
			if (ChannelOpener.this.origin.isSecure() && provider != null) {
				this.ssl = sslHandler(channel, provider);
				pipeline.addLast(NettyPipeline.SslHandler, this.ssl);
			}
			else {
				pipeline.addLast("dbpool.tls", new TlsDetector());
			}
			pipeline.addLast(NettyPipeline.HttpCodec, created.guard().codec(decoding(this.config)));
			pipeline.addLast("dbpool.guard", created.guard());
			if (this.config.isAcceptGzip()) {
				pipeline.addLast(NettyPipeline.HttpDecompressor, new HttpContentDecompressor(0));
			}
			pipeline.addLast("dbpool.exchanges", created.handler());
			this.config.doOnChannelInit().onChannelInit(ConnectionObserver.emptyListener(), channel, this.address);
		}

		/**
		 * Host names are verified, unless the provider configures its handlers otherwise.
		 */
		private SslHandler sslHandler(Channel channel, SslProvider provider) {
			SslHandler handler = provider.getSslContext()
				.newHandler(channel.alloc(), this.address.getHostString(), this.address.getPort());
			SSLParameters parameters = handler.engine().getSSLParameters();
			parameters.setEndpointIdentificationAlgorithm("HTTPS");
			if (provider.getServerNames() != null) {
				parameters.setServerNames(provider.getServerNames());
			}
			handler.engine().setSSLParameters(parameters);
			provider.configure(handler);
			if (ChannelOpener.this.offersHttp2.getAsBoolean()) {
				offerHttp2(handler, provider.getSslContext());
			}
			handler.setHandshakeTimeoutMillis(ChannelOpener.this.connectTimeoutMillis);
			return handler;
		}

		/**
		 * A context that names protocols of its own keeps them.
		 */
		private void offerHttp2(SslHandler handler, SslContext context) {
			SSLParameters parameters = handler.engine().getSSLParameters();
			if (context.applicationProtocolNegotiator().protocols().isEmpty()
					&& parameters.getApplicationProtocols().length == 0) {
				parameters.setApplicationProtocols(PROTOCOLS);
				handler.engine().setSSLParameters(parameters);
			}
		}

		private HttpHeaders defaultHeaders() {
			HttpHeaders headers = new DefaultHttpHeaders().add(this.config.headers());
			headers.set(HttpHeaderNames.HOST, ChannelOpener.this.origin.authority());
			if (!headers.contains(HttpHeaderNames.USER_AGENT)) {
				headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT);
			}
			if (!headers.contains(HttpHeaderNames.ACCEPT)) {
				headers.set(HttpHeaderNames.ACCEPT, "*/*");
			}
			if (this.config.isAcceptGzip()) {
				headers.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.GZIP);
			}
			return headers;
		}

		/**
		 * Waits for the answer of a proxy, and for the TLS handshake. A request that is
		 * written before the proxy has answered would count as sent, though it has not
		 * left this side.
		 */
		private void handshake() {
			ProxyHandler proxying = Objects.requireNonNull(this.channel).pipeline().get(ProxyHandler.class);
			if (proxying != null) {
				after(proxying.connectFuture(), this::shakeHands);
			}
			else {
				shakeHands();
			}
		}

		private void shakeHands() {
			SslHandler handler = this.ssl;
			if (handler != null) {
				after(handler.handshakeFuture(), () -> handshakeDone(handler));
			}
			else {
				succeed();
			}
		}

		/**
		 * Does the next step after one that is waited for. What either throws fails the
		 * opening: the event loop would only log it.
		 */
		private void after(Future<?> step, Runnable next) {
			step.addListener((done) -> {
				try {
					if (done.isSuccess()) {
						next.run();
						return;
					}
					this.result.error(done.cause());
				}
				catch (Throwable ex) {
					this.result.error(ex);
				}
				cancel();
			});
		}

		private void handshakeDone(SslHandler handler) {
			if (ChannelOpener.this.offersHttp2.getAsBoolean() && isHttp2(handler)) {
				speakHttp2(Objects.requireNonNull(this.channel));
			}
			else {
				succeed();
			}
		}

		private static boolean isHttp2(SslHandler handler) {
			String negotiated = handler.applicationProtocol();
			return ApplicationProtocolNames.HTTP_2
				.equals((negotiated != null) ? negotiated : handler.engine().getApplicationProtocol());
		}

		/**
		 * Replaces the handlers of HTTP/1.1.
		 */
		private void speakHttp2(Channel channel) {
			HttpConnection unused = Objects.requireNonNull(this.connection);
			Http2Connection shared = this.connections.http2(channel, defaultHeaders(), this.config);
			shared.begin(NettyPipeline.HttpCodec).whenComplete((ready, failure) -> {
				if (failure == null) {
					this.result.success(ready);
				}
				else {
					this.result.error(failure);
					cancel();
				}
			});
			ChannelPipeline pipeline = channel.pipeline();
			pipeline.remove(NettyPipeline.HttpCodec);
			pipeline.remove(unused.guard());
			if (this.config.isAcceptGzip()) {
				pipeline.remove(NettyPipeline.HttpDecompressor);
			}
			pipeline.remove(unused.handler());
		}

		private void succeed() {
			HttpConnection opened = Objects.requireNonNull(this.connection);
			opened.opened();
			this.result.success(opened);
		}

	}

	/**
	 * Looks whether the first bytes that a plain connection receives are a TLS record.
	 */
	private static final class TlsDetector extends ChannelInboundHandlerAdapter {

		private static final int ALERT = 0x15;

		private static final int HANDSHAKE = 0x16;

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			if (msg instanceof ByteBuf bytes && isTls(bytes)) {
				ReferenceCountUtil.release(msg);
				ctx.fireExceptionCaught(new TlsExpectedException());
				return;
			}
			ctx.fireChannelRead(msg);
			ctx.pipeline().remove(this);
		}

		private static boolean isTls(ByteBuf bytes) {
			if (!bytes.isReadable()) {
				return false;
			}
			int type = bytes.getUnsignedByte(bytes.readerIndex());
			return type == ALERT || type == HANDSHAKE;
		}

	}

}
