package dev.dbpool.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2SettingsFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;

/**
 * An HTTP/2 server with TLS, which misbehaves as its tests configure. Its handler is
 * called on an event loop of its own.
 */
public final class Http2TestServer implements AutoCloseable {

	/** Leaves what is lost when the server cuts a connection out of leak detection. */
	private static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(false, true);

	private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final Handler handler;

	private final Channel listener;

	private final List<Peer> peers = new CopyOnWriteArrayList<>();

	private final List<Request> requests = new CopyOnWriteArrayList<>();

	private volatile Handler probeHandler = (request) -> request.answer(200, "");

	private volatile int maxStreams;

	private volatile boolean answersPings = true;

	private final AtomicInteger pings = new AtomicInteger();

	private Http2TestServer(SslContext context, int maxStreams, Handler handler) {
		this.handler = handler;
		this.maxStreams = maxStreams;
		this.listener = new ServerBootstrap().group(this.loops)
			.channel(NioServerSocketChannel.class)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childOption(ChannelOption.ALLOCATOR, UNTRACKED)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(context.newHandler(channel.alloc()));
					new Peer(channel).begin();
				}

			})
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.syncUninterruptibly()
			.channel();
	}

	/**
	 * Starts a server.
	 * @param maxStreams how many streams it permits on a connection at a time
	 * @param handler answers every request but the probes, which are {@code OPTIONS}
	 * @return the server
	 */
	public static Http2TestServer start(TestCertificate certificate, int maxStreams, Handler handler) {
		try {
			return new Http2TestServer(certificate.serving("h2"), maxStreams, handler);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	public Http2TestServer answerProbes(Handler handler) {
		this.probeHandler = handler;
		return this;
	}

	void answerPings(boolean answers) {
		this.answersPings = answers;
	}

	int pings() {
		return this.pings.get();
	}

	public URI url() {
		return URI.create("https://localhost:" + ((InetSocketAddress) this.listener.localAddress()).getPort());
	}

	public int socketsSeen() {
		return this.peers.size();
	}

	int socketsOpen() {
		return (int) this.peers.stream().filter((peer) -> peer.channel.isActive()).count();
	}

	public Peer peer(int number) {
		return this.peers.get(number);
	}

	public List<Request> requests() {
		return this.requests.stream().filter((request) -> !request.method().equals("OPTIONS")).toList();
	}

	List<Request> probes() {
		return this.requests.stream().filter((request) -> request.method().equals("OPTIONS")).toList();
	}

	/**
	 * Runs something while the server does nothing.
	 */
	void whilePaused(Runnable task) {
		CountDownLatch done = new CountDownLatch(1);
		this.loops.execute(() -> {
			try {
				done.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		try {
			task.run();
		}
		finally {
			done.countDown();
		}
	}

	/**
	 * Closes the sockets that there are. The server accepts others.
	 */
	public void cutAll() {
		this.peers.forEach(Peer::close);
	}

	@Override
	public void close() {
		this.listener.close().syncUninterruptibly();
		this.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	@FunctionalInterface
	public interface Handler {

		void handle(Request request);

	}

	/**
	 * The server's side of one socket.
	 */
	public final class Peer {

		private final Channel channel;

		private final Http2FrameCodec codec;

		private ChannelHandlerContext context;

		private int lastStream = Integer.MAX_VALUE;

		private int handled;

		private int lastHandled;

		Peer(Channel channel) {
			this.channel = channel;
			this.codec = Http2FrameCodecBuilder.forServer()
				.autoAckPingFrame(false)
				.initialSettings(Http2Settings.defaultSettings()
					.maxConcurrentStreams(Http2TestServer.this.maxStreams)
					.maxHeaderListSize(1024 * 1024))
				.build();
		}

		void begin() {
			this.channel.pipeline().addLast(this.codec, new Http2MultiplexHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel stream) {
					stream.pipeline().addLast(new Request(Peer.this, (Http2StreamChannel) stream));
				}

			}), new ChannelInboundHandlerAdapter() {

				@Override
				public void channelRead(ChannelHandlerContext ctx, Object msg) {
					if (msg instanceof Http2PingFrame ping && !ping.ack() && Http2TestServer.this.answersPings) {
						ctx.writeAndFlush(new DefaultHttp2PingFrame(ping.content(), true));
						Http2TestServer.this.pings.incrementAndGet();
					}
					ReferenceCountUtil.release(msg);
				}

				@Override
				public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
					ctx.close();
				}

			});
			this.context = this.channel.pipeline().context(this.codec);
			Http2TestServer.this.peers.add(this);
		}

		/**
		 * Announces the end of the connection, and ignores all further streams. The codec
		 * does not know of it, since it would end the connection when one is used.
		 * @param lastStream the number of the last stream that is processed
		 */
		public void goAway(int lastStream, Http2Error error) {
			Runnable send = () -> {
				this.lastStream = lastStream;
				Http2FrameWriter writer = this.codec.encoder().frameWriter();
				ChannelPromise written = this.context.newPromise();
				writer.writeGoAway(this.context, lastStream, error.code(), Unpooled.EMPTY_BUFFER, written);
				this.context.flush();
			};
			if (this.channel.eventLoop().inEventLoop()) {
				send.run();
			}
			else {
				this.channel.eventLoop().execute(send);
			}
		}

		/**
		 * Returns how many requests were handled.
		 */
		public int handled() {
			return this.handled;
		}

		/**
		 * Returns the highest number of a stream that was handled.
		 */
		public int lastHandled() {
			return this.lastHandled;
		}

		void permit(int streams) {
			this.channel
				.writeAndFlush(new DefaultHttp2SettingsFrame(new Http2Settings().maxConcurrentStreams(streams)));
		}

		void close() {
			this.channel.eventLoop().execute(() -> this.channel.unsafe().closeForcibly());
		}

		boolean isOpen() {
			return this.channel.isActive();
		}

	}

	/**
	 * One request, which is handled when its end has arrived.
	 */
	public final class Request extends ChannelInboundHandlerAdapter {

		private final Peer peer;

		private final Http2StreamChannel stream;

		private final StringBuffer body = new StringBuffer();

		private volatile Http2Headers headers = new DefaultHttp2Headers();

		private volatile long resetCode = -1;

		Request(Peer peer, Http2StreamChannel stream) {
			this.peer = peer;
			this.stream = stream;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			if (streamId() > this.peer.lastStream) {
				ReferenceCountUtil.release(msg);
				return;
			}
			boolean end = false;
			if (msg instanceof Http2HeadersFrame head) {
				this.headers = head.headers();
				end = head.isEndStream();
				if (!method().equals("OPTIONS") && header("x-early").equals("true")) {
					Http2TestServer.this.requests.add(this);
					Http2TestServer.this.handler.handle(this);
				}
			}
			else if (msg instanceof Http2DataFrame data) {
				this.body.append(data.content().toString(StandardCharsets.ISO_8859_1));
				end = data.isEndStream();
			}
			ReferenceCountUtil.release(msg);
			if (end && !header("x-early").equals("true")) {
				this.peer.handled++;
				this.peer.lastHandled = Math.max(this.peer.lastHandled, streamId());
				Http2TestServer.this.requests.add(this);
				Handler chosen = method().equals("OPTIONS") ? Http2TestServer.this.probeHandler
						: Http2TestServer.this.handler;
				chosen.handle(this);
			}
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof Http2ResetFrame reset) {
				this.resetCode = reset.errorCode();
			}
			ReferenceCountUtil.release(event);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

		public Peer peer() {
			return this.peer;
		}

		public int streamId() {
			return this.stream.stream().id();
		}

		public String method() {
			return String.valueOf(this.headers.method());
		}

		public String path() {
			return String.valueOf(this.headers.path());
		}

		Http2Headers headers() {
			return this.headers;
		}

		public String header(String name) {
			CharSequence value = this.headers.get(name);
			return (value != null) ? value.toString() : "";
		}

		public void fields(BiConsumer<String, String> consumer) {
			this.headers.forEach((field) -> {
				String name = field.getKey().toString();
				if (!name.startsWith(":")) {
					consumer.accept(name, field.getValue().toString());
				}
			});
		}

		public String body() {
			return this.body.toString();
		}

		/**
		 * Returns the code with which the client has reset the stream, or -1.
		 */
		long resetCode() {
			return this.resetCode;
		}

		/**
		 * Answers the request.
		 * @return done when the answer is written to the socket
		 */
		public ChannelFuture answer(int status, String content) {
			ChannelFuture head = head(status, content.isEmpty());
			return content.isEmpty() ? head : data(content, true);
		}

		public ChannelFuture head(int status, boolean end, String... fields) {
			Http2Headers head = new DefaultHttp2Headers().status(String.valueOf(status));
			for (int i = 0; i < fields.length; i += 2) {
				head.add(fields[i], fields[i + 1]);
			}
			return send(new DefaultHttp2HeadersFrame(head, end));
		}

		void trailers(String name, String value) {
			send(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().add(name, value), true));
		}

		public ChannelFuture data(String content, boolean end) {
			ByteBuf bytes = Unpooled.copiedBuffer(content, StandardCharsets.ISO_8859_1);
			return send(new DefaultHttp2DataFrame(bytes, end));
		}

		public void reset(Http2Error error) {
			send(new DefaultHttp2ResetFrame(error));
		}

		private ChannelFuture send(Http2StreamFrame frame) {
			return this.stream.writeAndFlush(frame);
		}

		@Override
		public String toString() {
			return method() + " " + path();
		}

	}

}
