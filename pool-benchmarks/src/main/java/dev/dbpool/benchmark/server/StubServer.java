package dev.dbpool.benchmark.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Answers the queries of the benchmark as PostgREST does, for next to no processor time.
 * Reads requests without a body.
 */
public final class StubServer {

	private StubServer() {
	}

	/**
	 * Starts a stub server in a process of its own.
	 * @param certificate what it presents; without one it does not speak TLS
	 * @return the running server
	 * @throws IOException if it cannot be started
	 */
	public static ServerProcess start(@Nullable Certificate certificate) throws IOException {
		return ServerProcess.start(StubServer.class,
				(certificate != null) ? List.of(certificate.file().toString()) : List.of());
	}

	/**
	 * Serves until standard input ends.
	 * @param arguments the file of the certificate, if it speaks TLS
	 * @throws Exception if it cannot listen
	 */
	public static void main(String... arguments) throws Exception {
		StubAnswers answers = new StubAnswers();
		SslContext tls = (arguments.length > 0)
				? SslContextBuilder.forServer(new Certificate(Path.of(arguments[0])).keys()).build() : null;
		ServerProcess.serve(new ChannelInitializer<SocketChannel>() {

			@Override
			protected void initChannel(SocketChannel channel) {
				if (tls != null) {
					channel.pipeline().addLast(tls.newHandler(channel.alloc()));
				}
				channel.pipeline().addLast(new Requests(answers));
			}

		});
	}

	/**
	 * Answers each request once its head is complete.
	 */
	private static final class Requests extends ByteToMessageDecoder {

		private static final ByteBuf END_OF_LINE = Unpooled.copiedBuffer("\r\n", US_ASCII).asReadOnly();

		private static final ByteBuf END_OF_HEAD = Unpooled.copiedBuffer("\r\n\r\n", US_ASCII).asReadOnly();

		private final StubAnswers answers;

		Requests(StubAnswers answers) {
			this.answers = answers;
		}

		@Override
		protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
			int end = ByteBufUtil.indexOf(END_OF_HEAD, in);
			if (end < 0) {
				return;
			}
			String line = in.toString(in.readerIndex(), ByteBufUtil.indexOf(END_OF_LINE, in) - in.readerIndex(),
					US_ASCII);
			in.readerIndex(end + END_OF_HEAD.readableBytes());
			context.writeAndFlush(this.answers.to(line, context.alloc()), context.voidPromise());
		}

	}

}
