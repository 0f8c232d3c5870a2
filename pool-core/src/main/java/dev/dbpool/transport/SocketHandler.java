package dev.dbpool.transport;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Watches the messages of one channel: notifies the {@link Socket} when it is open and
 * when a part of an answer has come, and ends an exchange in which the server is silent
 * for too long. Used by the event loop alone.
 * <p>
 * Silence begins when the request is written, and again with each part of the answer and
 * each informational answer. Time in which the reader requests no further part counts for
 * nothing: a slow reader is no silent server. (The head of the final answer is always
 * asked for, after an informational one too.) One timer serves all exchanges, and stops
 * when the channel is idle, so that an exchange costs no timer of its own.
 */
final class SocketHandler extends ChannelDuplexHandler {

	private final Socket socket;

	private long timeoutNanos;

	private @Nullable ChannelFutureListener requestWritten;

	private boolean exchanging;

	private boolean awaiting;

	private boolean readRequested;

	private boolean received;

	private boolean informed;

	private long silentSince;

	private @Nullable Future<?> timer;

	SocketHandler(Socket socket, Duration timeout) {
		this.socket = socket;
		this.timeoutNanos = timeout.toNanos();
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.requestWritten = (written) -> awaitAnswer(ctx);
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		stopTimer();
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		this.socket.opened(ctx.channel());
		ctx.fireChannelActive();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		stopTimer();
		ctx.fireChannelInactive();
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
		this.exchanging = true;
		ctx.write(msg, (msg instanceof LastHttpContent) ? promise.unvoid().addListener(this.requestWritten) : promise);
	}

	@Override
	public void read(ChannelHandlerContext ctx) {
		if (!this.readRequested) {
			this.readRequested = true;
			this.silentSince = now(ctx);
		}
		ctx.read();
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		if (!this.received) {
			this.received = true;
			this.readRequested = false;
		}
		if (msg instanceof LastHttpContent) {
			this.exchanging = false;
			this.awaiting = false;
		}
		ctx.fireChannelRead(msg);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event == ResponseGuard.INFORMATIONAL) {
			this.informed = true;
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		if (this.received || this.informed) {
			this.received = false;
			this.informed = false;
			this.silentSince = now(ctx);
			this.socket.active();
		}
		ctx.fireChannelReadComplete();
	}

	private void awaitAnswer(ChannelHandlerContext ctx) {
		if (!this.exchanging) {
			return;
		}
		this.awaiting = true;
		this.readRequested = true;
		this.silentSince = now(ctx);
		long timeout = this.socket.responseTimeout().toNanos();
		if (timeout != this.timeoutNanos) {
			this.timeoutNanos = timeout;
			stopTimer();
		}
		if (this.timer == null) {
			schedule(ctx, this.timeoutNanos);
		}
	}

	private void checkSilence(ChannelHandlerContext ctx) {
		this.timer = null;
		if (!this.awaiting) {
			return;
		}
		long remaining = this.timeoutNanos - (now(ctx) - this.silentSince);
		if (!this.readRequested) {
			schedule(ctx, this.timeoutNanos);
		}
		else if (remaining > 0) {
			schedule(ctx, remaining);
		}
		else {
			giveUp(ctx);
		}
	}

	private void giveUp(ChannelHandlerContext ctx) {
		this.awaiting = false;
		this.socket.retire();
		ctx.fireExceptionCaught(new SocketTimeoutException(
				"The server sent nothing for " + TimeUnit.NANOSECONDS.toMillis(this.timeoutNanos) + " ms"));
		ctx.close();
	}

	private void schedule(ChannelHandlerContext ctx, long delayNanos) {
		if (ctx.channel().isActive()) {
			this.timer = ctx.executor().schedule(() -> checkSilence(ctx), delayNanos, TimeUnit.NANOSECONDS);
		}
	}

	private static long now(ChannelHandlerContext ctx) {
		return ctx.executor().ticker().nanoTime();
	}

	private void stopTimer() {
		Future<?> timer = this.timer;
		if (timer != null) {
			timer.cancel(false);
			this.timer = null;
		}
	}

}
