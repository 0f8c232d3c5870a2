package dev.dbpool.transport;

import java.io.EOFException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.DecoderResultProvider;
import io.netty.util.ReferenceCountUtil;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;

/**
 * Watches the channel of a connection until the connection counts as open. An error that
 * ends it before is passed to the caller that opens the connection, and not to Reactor
 * Netty, which would log each of them with a stack trace.
 */
final class OpenWatch {

	private static final String HANDLER = "dbpool.opening";

	private static final String TLS_HANDLER = "dbpool.opening.tls";

	private enum State {

		OPENING, OPEN, FAILED

	}

	private final boolean secure;

	private final Sinks.Empty<Void> failure = Sinks.empty();

	private volatile State state = State.OPENING;

	/**
	 * Creates a watch for one connection.
	 * @param secure whether the connection uses TLS
	 */
	OpenWatch(boolean secure) {
		this.secure = secure;
	}

	/**
	 * Watches a new channel, after its other handlers.
	 */
	void attach(Channel channel) {
		channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, HANDLER, new FailureHandler());
		if (!this.secure) {
			channel.pipeline().addFirst(TLS_HANDLER, new TlsDetector());
		}
	}

	/**
	 * Never succeeds, and fails with what ends the channel before it counts as open.
	 */
	Mono<Void> failure() {
		return this.failure.asMono();
	}

	/**
	 * Ends the watch: the connection counts as open.
	 */
	void opened() {
		this.state = State.OPEN;
	}

	private void fail(ChannelHandlerContext ctx, Throwable cause) {
		if (this.state == State.OPENING) {
			this.state = State.FAILED;
			this.failure.tryEmitError(cause);
			ctx.close();
		}
	}

	private final class FailureHandler extends ChannelInboundHandlerAdapter {

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			if (OpenWatch.this.state == State.OPEN) {
				ctx.fireExceptionCaught(cause);
			}
			else {
				fail(ctx, cause);
			}
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			if (OpenWatch.this.state == State.OPEN) {
				ctx.fireChannelInactive();
			}
			else {
				fail(ctx, new EOFException());
			}
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			if (OpenWatch.this.state == State.OPEN) {
				ctx.pipeline().remove(this);
				ctx.fireChannelRead(msg);
			}
			else if (msg instanceof DecoderResultProvider decoded && decoded.decoderResult().isFailure()) {
				ReferenceCountUtil.release(msg);
				fail(ctx, new DecoderException(decoded.decoderResult().cause()));
			}
			else {
				ctx.fireChannelRead(msg);
			}
		}

	}

	/**
	 * Looks whether the first bytes that a plain connection receives are a TLS record.
	 */
	private final class TlsDetector extends ChannelInboundHandlerAdapter {

		private static final int ALERT = 0x15;

		private static final int HANDSHAKE = 0x16;

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			ctx.pipeline().remove(this);
			if (msg instanceof ByteBuf bytes && isTls(bytes)) {
				ReferenceCountUtil.release(msg);
				fail(ctx, new TlsExpectedException());
			}
			else {
				ctx.fireChannelRead(msg);
			}
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
