package dev.dbpool.benchmark.fault;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AttributeKey;

/**
 * A reverse proxy that counts requests, and answers or spoils answers as its
 * {@link Behaviour} says. Each connection of a client has one to the server, and both end
 * together, so that the client sees of the server what it would see without a proxy. One
 * thread serves all connections.
 */
final class Gateway implements AutoCloseable {

	private static final int LARGEST_BODY = 1 << 20;

	private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final InetSocketAddress server;

	private final Channel listener;

	private final Random random;

	private final LongAdder requests = new LongAdder();

	private volatile Behaviour behaviour = Behaviour.NORMAL;

	private Gateway(URI server, long seed) throws InterruptedException {
		this.server = new InetSocketAddress(server.getHost(), server.getPort());
		this.random = new Random(seed);
		this.listener = new ServerBootstrap().group(this.loop)
			.channel(NioServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, 1024)
			.childOption(ChannelOption.AUTO_READ, false)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(pipeline(() -> new ChannelHandler[] { new HttpServerCodec(), new Front() }))
			.bind("127.0.0.1", 0)
			.sync()
			.channel();
	}

	/**
	 * Starts a gateway before a server.
	 * @param seed the seed of all random choices
	 */
	static Gateway start(URI server, long seed) throws InterruptedException {
		return new Gateway(server, seed);
	}

	int port() {
		return ((InetSocketAddress) this.listener.localAddress()).getPort();
	}

	void behave(Behaviour behaviour) {
		this.behaviour = behaviour;
	}

	/**
	 * Returns how many requests arrived since the start. Probes of connections and of
	 * health are left out: they ask for the root, or for options.
	 */
	long requests() {
		return this.requests.sum();
	}

	@Override
	public void close() {
		this.loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	private static ChannelInitializer<SocketChannel> pipeline(Handlers handlers) {
		return new ChannelInitializer<>() {

			@Override
			protected void initChannel(SocketChannel channel) {
				ChannelHandler[] all = handlers.create();
				channel.pipeline().addLast(all[0], new HttpObjectAggregator(LARGEST_BODY), all[1]);
			}

		};
	}

	private static boolean isProbe(HttpRequest request) {
		return request.method().name().equals("OPTIONS") || request.uri().equals("/");
	}

	/**
	 * Creates the codec and the handler of a connection.
	 */
	@FunctionalInterface
	private interface Handlers {

		ChannelHandler[] create();

	}

	/**
	 * The side of the client.
	 */
	private final class Front extends SimpleChannelInboundHandler<FullHttpRequest> {

		@Override
		public void channelActive(ChannelHandlerContext client) {
			Channel front = client.channel();
			new Bootstrap().group(front.eventLoop())
				.channel(NioSocketChannel.class)
				.option(ChannelOption.TCP_NODELAY, true)
				.handler(pipeline(() -> new ChannelHandler[] { new HttpClientCodec(), new Back(front) }))
				.connect(Gateway.this.server)
				.addListener((ChannelFutureListener) (connected) -> {
					if (!connected.isSuccess()) {
						front.close();
						return;
					}
					front.closeFuture().addListener((closed) -> connected.channel().close());
					front.attr(Back.CHANNEL).set(connected.channel());
					front.config().setAutoRead(true);
				});
		}

		@Override
		protected void channelRead0(ChannelHandlerContext client, FullHttpRequest request) {
			if (isProbe(request)) {
				client.channel().attr(Back.CHANNEL).get().writeAndFlush(request.retain());
				return;
			}
			Gateway.this.requests.increment();
			Behaviour.Answer instead = Gateway.this.behaviour.instead();
			if (instead != null) {
				client.writeAndFlush(response(instead));
			}
			else {
				client.channel().attr(Back.CHANNEL).get().writeAndFlush(request.retain());
			}
		}

		private static FullHttpResponse response(Behaviour.Answer answer) {
			ByteBuf body = ByteBufUtil.writeUtf8(ByteBufAllocator.DEFAULT, answer.body());
			FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
					HttpResponseStatus.valueOf(answer.status()), body);
			response.headers()
				.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
				.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
			answer.headers().forEach(response.headers()::set);
			return response;
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext client, Throwable failure) {
			client.close();
		}

	}

	/**
	 * The side of the server.
	 */
	private final class Back extends SimpleChannelInboundHandler<FullHttpResponse> {

		static final AttributeKey<Channel> CHANNEL = AttributeKey.valueOf("back");

		private final Channel front;

		Back(Channel front) {
			this.front = front;
		}

		@Override
		protected void channelRead0(ChannelHandlerContext server, FullHttpResponse response) {
			Behaviour behaviour = Gateway.this.behaviour;
			if (Gateway.this.random.nextDouble() >= behaviour.share()) {
				this.front.writeAndFlush(response.retain());
				return;
			}
			switch (behaviour.spoiling()) {
				case CLOSE -> {
					response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
					this.front.writeAndFlush(response.retain()).addListener(ChannelFutureListener.CLOSE);
				}
				case TRUNCATE -> truncate(response);
				case RESET -> {
					this.front.config().setOption(ChannelOption.SO_LINGER, 0);
					this.front.close();
				}
			}
		}

		private void truncate(FullHttpResponse response) {
			ByteBuf body = response.content();
			if (!body.isReadable()) {
				this.front.writeAndFlush(response.retain());
				return;
			}
			response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
			response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
			this.front
				.write(new DefaultHttpResponse(response.protocolVersion(), response.status(), response.headers()));
			this.front.writeAndFlush(new DefaultHttpContent(body.readRetainedSlice(body.readableBytes() / 2)))
				.addListener(ChannelFutureListener.CLOSE);
		}

		@Override
		public void channelInactive(ChannelHandlerContext server) {
			this.front.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext server, Throwable failure) {
			server.close();
		}

	}

}
