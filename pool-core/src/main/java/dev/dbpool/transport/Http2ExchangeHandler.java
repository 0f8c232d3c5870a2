package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2NoMoreStreamIdsException;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one place on a shared HTTP/2 connection: at most one is present, and
 * has a stream of its own. What happens on a stream concerns its exchange while that is
 * the present one, so a stream that ends late does no harm to the next one. An exchange
 * that ends early resets its stream; the shared connection goes on. One whose answer has
 * arrived stays present until that is read, whatever becomes of its stream. Used by the
 * event loop alone.
 */
final class Http2ExchangeHandler extends ExchangeHandler {

	private final HttpConnection connection;

	private final Http2Connection shared;

	/** The stream of the present exchange, once that is sent. */
	private @Nullable ChannelHandlerContext stream;

	Http2ExchangeHandler(HttpConnection connection, Http2Connection shared) {
		super(connection);
		this.connection = connection;
		this.shared = shared;
	}

	/**
	 * Sends the request, on an otherwise unused connection only after the event loop has
	 * looked at the socket once more: the end of an idle connection is found before
	 * anything of the request is sent. Where all streams are in use, one of them is just
	 * being ended by the event loop.
	 */
	@Override
	void start(HttpExchange exchange) {
		if (this.shared.isQuiet()) {
			ResponseGuard.afterPoll(this.shared.loop(), () -> sendLate(exchange));
		}
		else if (!this.shared.hasRoom()) {
			this.shared.loop().execute(() -> sendLate(exchange));
		}
		else {
			send(exchange);
		}
	}

	private void sendLate(HttpExchange exchange) {
		if (isPresent(exchange)) {
			send(exchange);
			beginNext();
		}
	}

	private void send(HttpExchange exchange) {
		if (!this.connection.isOpen()) {
			takePresent();
			exchange.connectionLost(new EOFException("The connection is closed"));
			return;
		}
		try {
			this.stream = this.shared.openStream(new StreamHandler());
		}
		catch (IOException ex) {
			takePresent();
			retire();
			exchange.connectionLost(ex);
			return;
		}
		requestBegins();
		if (!exchange.send()) {
			takePresent();
			closeStream();
		}
	}

	/**
	 * Writes on the event loop, where it is known whether the exchange still has its
	 * stream: the part of a body that comes late must not get into the next request.
	 */
	@Override
	ChannelFuture write(HttpExchange exchange, Object part) {
		if (this.shared.loop().inEventLoop()) {
			return writeNow(exchange, part);
		}
		ChannelPromise written = this.shared.context().newPromise();
		this.connection.execute(() -> writeNow(exchange, part).addListener((ChannelFuture done) -> {
			if (done.isSuccess()) {
				written.trySuccess();
			}
			else {
				written.tryFailure(done.cause());
			}
		}));
		return written;
	}

	private ChannelFuture writeNow(HttpExchange exchange, Object part) {
		ChannelHandlerContext present = this.stream;
		if (present != null && isPresent(exchange)) {
			return write(present, exchange, part);
		}
		ReferenceCountUtil.release(part);
		return this.shared.context().newFailedFuture(new ClosedChannelException());
	}

	@Override
	ChannelHandlerContext context() {
		ChannelHandlerContext present = this.stream;
		return (present != null) ? present : this.shared.context();
	}

	@Override
	int reads() {
		return this.shared.reads();
	}

	@Override
	boolean isCurrent(Channel channel) {
		ChannelHandlerContext present = this.stream;
		return present != null && present.channel() == channel;
	}

	@Override
	void pauseReading() {
		if (this.stream != null) {
			super.pauseReading();
		}
	}

	/**
	 * Ends the exchange. If its stream never came into being, nothing was sent.
	 */
	@Override
	void writeFailed(ChannelHandlerContext ctx, Throwable cause) {
		if (state(ctx) == Http2Stream.State.IDLE && !Http2Answers.isTooLong(cause)) {
			if (cause instanceof Http2NoMoreStreamIdsException) {
				this.shared.expire();
			}
			retire();
			refused(new IOException("The server takes no further request on this connection", cause));
		}
		else {
			failed(Http2Answers.describe(cause), Http2Error.CANCEL);
		}
	}

	/**
	 * Keeps the place, whose next exchange has another stream. A server that does not
	 * want the rest of a request is asked for no more.
	 */
	@Override
	void answered() {
		ChannelHandlerContext present = this.stream;
		if (present != null && isWriting(present)) {
			resetStream(Http2Error.CANCEL);
		}
		this.stream = null;
	}

	private static boolean isWriting(ChannelHandlerContext stream) {
		Http2Stream.State state = state(stream);
		return state == Http2Stream.State.OPEN || state == Http2Stream.State.HALF_CLOSED_REMOTE;
	}

	private static Http2Stream.State state(ChannelHandlerContext stream) {
		return ((Http2StreamChannel) stream.channel()).stream().state();
	}

	/**
	 * Ends the present exchange, unless its answer has arrived, and its stream. The place
	 * is of further use.
	 */
	private void failed(Throwable cause, Http2Error error) {
		resetStream(error);
		if (isReceived()) {
			return;
		}
		HttpExchange exchange = takePresent();
		if (exchange != null) {
			exchange.connectionLost(cause);
		}
		beginNext();
	}

	/**
	 * Ends the present exchange, which the server has not processed. The codec ends its
	 * stream, if there is one: to reset a stream that the server does not know would be
	 * an error of the connection.
	 */
	private void refused(IOException cause) {
		this.stream = null;
		if (isReceived()) {
			return;
		}
		HttpExchange exchange = takePresent();
		if (exchange != null) {
			exchange.unprocessed(cause);
		}
		beginNext();
	}

	/**
	 * Ends the present exchange if its stream comes after the last one that the server
	 * processes.
	 */
	void goingAway(int lastStream) {
		ChannelHandlerContext present = this.stream;
		if (present != null && ((Http2StreamChannel) present.channel()).stream().id() > lastStream) {
			refused(new IOException("The server closes the connection, and has not processed the request"));
		}
	}

	/**
	 * Gives up the place together with its exchange: as far as is known the server does
	 * not answer.
	 */
	@Override
	void silent(SocketTimeoutException cause) {
		this.connection.retired();
		failed(cause, Http2Error.CANCEL);
	}

	private void retire() {
		this.connection.expired();
	}

	/**
	 * Ends an exchange that was given up, and its stream. Another one that is present by
	 * now is the last of the place.
	 */
	void abort(HttpExchange exchange) {
		if (isPresent(exchange)) {
			resetStream(Http2Error.CANCEL);
			takePresent();
			stopTimer();
			exchange.connectionLost(new IOException("The exchange was given up"));
		}
		retire();
	}

	/**
	 * Ends all exchanges, since the pool closes the place.
	 */
	void close() {
		stopTimer();
		HttpExchange exchange = takePresent();
		resetStream(Http2Error.CANCEL);
		IOException cause = new IOException("The connection was closed by the pool before the exchange had ended");
		if (exchange != null) {
			exchange.connectionClosed(cause);
		}
		refuseWaiting(cause);
	}

	private void resetStream(Http2Error error) {
		ChannelHandlerContext present = this.stream;
		if (present != null) {
			this.stream = null;
			if (present.channel().isActive() && state(present) != Http2Stream.State.IDLE) {
				present.writeAndFlush(new DefaultHttp2ResetFrame(error));
			}
			present.close();
		}
	}

	private void closeStream() {
		ChannelHandlerContext present = this.stream;
		if (present != null) {
			this.stream = null;
			present.close();
		}
	}

	/**
	 * Passes on what happens on the stream of the present exchange.
	 */
	private final class StreamHandler extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object msg) {
			if (isCurrent(ctx.channel())) {
				Http2ExchangeHandler.this.channelRead(ctx, msg);
			}
			else {
				ReferenceCountUtil.release(msg);
			}
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext ctx) {
			if (isCurrent(ctx.channel())) {
				Http2ExchangeHandler.this.channelReadComplete(ctx);
			}
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			try {
				if (isCurrent(ctx.channel())) {
					happened(event);
				}
			}
			finally {
				ReferenceCountUtil.release(event);
			}
		}

		private void happened(Object event) {
			if (event instanceof Http2ResetFrame reset) {
				hearWhatWasReceived();
				reset(reset.errorCode());
			}
			else if (event == ResponseGuard.INFORMATIONAL) {
				heard();
			}
		}

		/**
		 * The end of a request that the server does not want to read is no failure: the
		 * answer has arrived, even if it was not read yet.
		 */
		private void reset(long code) {
			if (code == Http2Error.REFUSED_STREAM.code() || code == Http2Error.HTTP_1_1_REQUIRED.code()) {
				if (code == Http2Error.HTTP_1_1_REQUIRED.code()) {
					Http2ExchangeHandler.this.shared.unwanted();
				}
				retire();
				refused(new IOException("The server has refused the request: " + Http2Answers.error(code)));
			}
			else if (code != Http2Error.NO_ERROR.code()) {
				failed(new IOException("The server has reset the stream: " + Http2Answers.error(code)),
						Http2Error.CANCEL);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			if (isCurrent(ctx.channel())) {
				failed(Http2Answers.describe(cause), Http2Error.PROTOCOL_ERROR);
			}
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			if (isCurrent(ctx.channel())) {
				failed(Http2ExchangeHandler.this.shared.lossCause(), Http2Error.CANCEL);
			}
		}

	}

}
