package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one channel: at most one is present, the others wait in order. Its
 * place is behind the {@link ResponseGuard}, which passes on one answer for each request.
 * Used by the event loop alone, except for the writing of requests.
 * <p>
 * It ends an exchange in which the server is silent for too long. Silence begins when the
 * request is written or refused, and again with each part of the answer and each
 * informational answer. Time in which the reader requests no further part counts for
 * nothing: a slow reader is no silent server. One timer serves all exchanges, and stops
 * when the channel is idle, so that an exchange costs no timer of its own.
 * <p>
 * {@link Http2ExchangeHandler} does the same where each exchange has a channel of its
 * own.
 */
class ExchangeHandler extends ChannelInboundHandlerAdapter {

	/**
	 * More than it takes to read all that a server may have sent, even if each look at
	 * the socket finds little.
	 */
	private static final int MOST_LOOKS = 1000;

	private final HttpConnection connection;

	private final Queue<HttpExchange> waiting = new ArrayDeque<>(0);

	private final ChannelFutureListener partWritten = this::isWritten;

	private final ChannelFutureListener requestWritten = (written) -> {
		if (isWritten(written)) {
			awaitAnswer();
		}
	};

	private @Nullable ChannelHandlerContext context;

	private @Nullable HttpExchange present;

	private boolean received;

	private boolean awaiting;

	private long silentSince;

	private long timeoutNanos;

	private @Nullable Future<?> timer;

	ExchangeHandler(HttpConnection connection) {
		this.connection = connection;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
	}

	/**
	 * Begins an exchange, or lets it wait for its turn.
	 */
	void submit(HttpExchange exchange) {
		if (!this.connection.isOpen()) {
			exchange.connectionLost(new EOFException("The connection is closed"));
		}
		else if (this.present != null) {
			this.waiting.add(exchange);
		}
		else {
			begin(exchange);
		}
	}

	/**
	 * Sends a request, unless the gate is closed. Then nothing is sent on the connection
	 * any more.
	 */
	private void begin(HttpExchange exchange) {
		if (!this.connection.maySend()) {
			this.connection.abort(exchange);
			exchange.connectionLost(new IOException("The process did not run for too long to send a request on it"));
			return;
		}
		this.present = exchange;
		start(exchange);
	}

	/**
	 * Sends the request of the present exchange.
	 */
	void start(HttpExchange exchange) {
		if (!exchange.send()) {
			this.present = null;
		}
	}

	/**
	 * Returns the present exchange, and lets it be none.
	 */
	@Nullable HttpExchange takePresent() {
		HttpExchange exchange = this.present;
		this.present = null;
		this.awaiting = false;
		return exchange;
	}

	/**
	 * Returns whether the answer to the present exchange has arrived, and its reader has
	 * yet to request the rest of it.
	 */
	boolean isReceived() {
		HttpExchange exchange = this.present;
		return exchange != null && exchange.isReceived();
	}

	boolean isPresent(HttpExchange exchange) {
		return this.present == exchange;
	}

	/**
	 * Returns whether a channel is the one of the present exchange.
	 */
	boolean isCurrent(Channel channel) {
		return true;
	}

	/**
	 * Writes a part of a request, or all of it, and flushes it. Safe for use from any
	 * thread.
	 */
	ChannelFuture write(HttpExchange exchange, Object part) {
		return write(context(), exchange, part);
	}

	ChannelFuture write(ChannelHandlerContext ctx, HttpExchange exchange, Object part) {
		boolean last = part instanceof LastHttpContent;
		if (last) {
			exchange.requestSent();
		}
		return ctx.writeAndFlush(part).addListener(last ? this.requestWritten : this.partWritten);
	}

	/**
	 * Ends the exchange when a part of its request cannot be written.
	 */
	private boolean isWritten(ChannelFuture future) {
		if (!isCurrent(future.channel())) {
			return false;
		}
		if (future.isSuccess()) {
			return true;
		}
		writeFailed(context(), Objects.requireNonNull(future.cause()));
		return false;
	}

	/**
	 * Called when a part of the present request cannot be written.
	 */
	void writeFailed(ChannelHandlerContext ctx, Throwable cause) {
		exceptionCaught(ctx, cause);
	}

	/**
	 * Begins the next exchange after the present one has ended with its answer.
	 */
	void ended() {
		this.awaiting = false;
		this.present = null;
		answered();
		this.connection.exchangeEnded();
		beginNext();
	}

	/**
	 * Called after the end of an answer, before the next exchange begins.
	 */
	void answered() {
		context().channel().config().setAutoRead(true);
	}

	/**
	 * Begins the exchanges that wait, if there is none.
	 */
	void beginNext() {
		while (this.present == null && !this.waiting.isEmpty() && this.connection.isOpen()) {
			begin(this.waiting.remove());
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		this.received = true;
		HttpExchange exchange = this.present;
		if (exchange == null) {
			ReferenceCountUtil.release(msg);
			return;
		}
		if (msg instanceof HttpResponse head) {
			exchange.head(head);
			if (exchange.isRefused()) {
				awaitAnswer();
			}
		}
		if (msg instanceof HttpContent content) {
			exchange.content(content.content());
		}
		if (msg instanceof LastHttpContent) {
			this.awaiting = false;
			hearWhatWasReceived();
			exchange.end();
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		hearWhatWasReceived();
		ctx.fireChannelReadComplete();
	}

	/**
	 * Takes note of what the last read has brought: before the end of an answer, which
	 * another caller may see, and otherwise at the end of the read.
	 */
	final void hearWhatWasReceived() {
		if (this.received) {
			this.received = false;
			heard();
		}
	}

	/**
	 * Notes that the server has sent something that belongs to the present exchange.
	 */
	void heard() {
		this.silentSince = now();
		if (this.connection.isOpen()) {
			this.connection.server().answered();
		}
		this.connection.active();
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event == ResponseGuard.INFORMATIONAL) {
			this.received = true;
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		lost(cause);
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		lost(new EOFException("The server closed the connection"));
		ctx.fireChannelInactive();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		stopTimer();
	}

	/**
	 * Ends all exchanges, since the connection is lost. An answer that has arrived can be
	 * read until this side closes the connection.
	 */
	private void lost(Throwable cause) {
		stopTimer();
		this.connection.retired();
		HttpExchange exchange = this.present;
		if (exchange != null && !this.connection.isClosing()) {
			exchange.connectionLost(cause);
		}
		closed();
		refuseWaiting(cause);
	}

	/**
	 * Called when this side has closed the connection, also if the server was first.
	 */
	void closed() {
		HttpExchange exchange = this.present;
		if (exchange != null && this.connection.isClosing()) {
			exchange.connectionClosed(
					new IOException("The connection was closed by the pool before the exchange had ended"));
		}
	}

	/**
	 * Refuses the exchanges that wait for a connection which takes none any more.
	 */
	void refuseWaiting(Throwable cause) {
		while (!this.waiting.isEmpty()) {
			this.waiting.remove().connectionLost(cause);
		}
	}

	/**
	 * Called when there are parts of an answer that its reader did not request.
	 */
	void pauseReading() {
		context().channel().config().setAutoRead(false);
	}

	/**
	 * Called when the reader of an answer requests more than has arrived.
	 */
	void resumeReading() {
		this.silentSince = now();
		context().channel().config().setAutoRead(true);
	}

	void requestBegins() {
		HttpExchange exchange = this.present;
		if (exchange != null) {
			exchange.requestBegins();
		}
	}

	private void awaitAnswer() {
		if (this.present == null) {
			return;
		}
		this.awaiting = true;
		this.silentSince = now();
		long timeout = this.connection.responseTimeoutNanos();
		if (timeout != this.timeoutNanos) {
			this.timeoutNanos = timeout;
			stopTimer();
		}
		if (this.timer == null) {
			schedule(timeout);
		}
	}

	private void timerEnds() {
		this.timer = null;
		checkSilence(false);
	}

	/**
	 * Ends an exchange of a silent server after the event loop has looked at the socket
	 * again: if the loop was busy for long, the answer may have arrived.
	 */
	private void checkSilence(boolean polled) {
		HttpExchange exchange = this.present;
		if (!this.awaiting || exchange == null) {
			return;
		}
		long remaining = this.timeoutNanos - (now() - this.silentSince);
		if (!exchange.awaitsServer()) {
			schedule(this.timeoutNanos);
		}
		else if (remaining > 0) {
			schedule(remaining);
		}
		else if (!polled) {
			lookAgain(MOST_LOOKS);
		}
		else {
			timedOut(exchange, new SocketTimeoutException(
					"The server sent nothing for " + TimeUnit.NANOSECONDS.toMillis(this.timeoutNanos) + " ms"));
		}
	}

	/**
	 * Looks at the socket until a look finds nothing there: other answers may precede the
	 * present one.
	 */
	private void lookAgain(int looks) {
		int before = reads();
		ResponseGuard.afterPoll(context().executor(), () -> {
			if (reads() != before && looks > 1) {
				lookAgain(looks - 1);
			}
			else if (this.timer == null && context().channel().isActive()) {
				checkSilence(true);
			}
		});
	}

	/**
	 * Returns how often something was read on a socket that others share.
	 */
	int reads() {
		return 0;
	}

	/**
	 * Ends an exchange in which the server was silent. While it has answered others, the
	 * statement takes long and is still running: its connection stays occupied until the
	 * answer has arrived, which is dropped, or until the server was silent for as long
	 * once more.
	 */
	private void timedOut(HttpExchange exchange, SocketTimeoutException cause) {
		if (this.connection.server().hasAnsweredWithin(this.timeoutNanos / 2) && exchange.abandon()) {
			this.silentSince = now();
			schedule(this.timeoutNanos);
			exchange.abandoned(cause);
		}
		else {
			this.awaiting = false;
			silent(cause);
		}
	}

	/**
	 * Called when the server was silent for too long.
	 */
	void silent(SocketTimeoutException cause) {
		exceptionCaught(context(), cause);
	}

	private void schedule(long delayNanos) {
		if (context().channel().isActive()) {
			this.timer = context().executor().schedule(this::timerEnds, delayNanos, TimeUnit.NANOSECONDS);
		}
	}

	private long now() {
		return context().executor().ticker().nanoTime();
	}

	void stopTimer() {
		Future<?> present = this.timer;
		if (present != null) {
			present.cancel(false);
			this.timer = null;
		}
	}

	/**
	 * Returns the context of the channel on which the present exchange is.
	 */
	ChannelHandlerContext context() {
		ChannelHandlerContext ctx = this.context;
		if (ctx == null) {
			throw new IllegalStateException("Not in a pipeline");
		}
		return ctx;
	}

	/**
	 * Returns where the buffers of requests come from.
	 */
	ByteBufAllocator allocator() {
		return context().alloc();
	}

}
