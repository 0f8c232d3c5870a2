package dev.dbpool.benchmark.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

/**
 * Terminates TLS in front of a server that does not speak it: each connection is relayed
 * to one of its own.
 */
public final class TlsProxy {

	private TlsProxy() {
	}

	/**
	 * Starts a proxy in a process of its own.
	 * @param port where the server listens on 127.0.0.1
	 * @param certificate what the proxy presents
	 * @return the running proxy
	 * @throws IOException if it cannot be started
	 */
	public static ServerProcess start(int port, Certificate certificate) throws IOException {
		return ServerProcess.start(TlsProxy.class, List.of(String.valueOf(port), certificate.file().toString()));
	}

	/**
	 * Relays until standard input ends.
	 * @param arguments the port of the server, the file of the certificate
	 * @throws Exception if it cannot listen
	 */
	public static void main(String... arguments) throws Exception {
		int port = Integer.parseInt(arguments[0]);
		SslContext tls = SslContextBuilder.forServer(new Certificate(Path.of(arguments[1])).keys()).build();
		ServerProcess.serve(new ChannelInitializer<SocketChannel>() {

			@Override
			protected void initChannel(SocketChannel channel) {
				channel.config().setAutoRead(false);
				channel.pipeline().addLast(tls.newHandler(channel.alloc()));
				connect(channel, port);
			}

		});
	}

	private static void connect(Channel client, int port) {
		new Bootstrap().group(client.eventLoop())
			.channel(NioSocketChannel.class)
			.option(ChannelOption.TCP_NODELAY, true)
			.handler(new Relay(client))
			.connect("127.0.0.1", port)
			.addListener((ChannelFutureListener) (connected) -> {
				if (connected.isSuccess()) {
					client.pipeline().addLast(new Relay(connected.channel()));
					client.config().setAutoRead(true);
				}
				else {
					client.close();
				}
			});
	}

	/**
	 * Writes what it reads to the other side, whose queue is not bounded: answers of the
	 * benchmark are small.
	 */
	private static final class Relay extends ChannelInboundHandlerAdapter {

		private final Channel target;

		Relay(Channel target) {
			this.target = target;
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			this.target.write(message, this.target.voidPromise());
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) {
			this.target.flush();
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			this.target.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			context.close();
		}

	}

}
