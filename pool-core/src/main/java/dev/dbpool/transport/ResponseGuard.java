package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.channel.PendingWriteQueue;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that an answer belongs to its request. HTTP/1.1 matches them by order alone,
 * so one message too many from the server would give every later answer of the connection
 * to another caller. This handler passes on exactly one final answer for each request,
 * and closes the connection as soon as the server sends anything else. Its place is
 * directly behind its {@linkplain #codec HTTP codec}. Used by the event loop alone.
 * <p>
 * States:
 * <ul>
 * <li>{@code IDLE}: no request is outstanding. Any byte from the server closes the
 * connection.</li>
 * <li>{@code CHECKING}: a request is ready to be written, and held back until the event
 * loop has looked at the socket once more. Bytes, or the end, that arrived before the
 * request was written are found here, and nothing of the request is sent then.</li>
 * <li>{@code AWAITING}: the request is being written or was written, and its final answer
 * has not begun. Informational answers (1xx) are dropped; 101 is an error, since no
 * upgrade is ever requested.</li>
 * <li>{@code READING}: the head of the final answer was passed on, its body is
 * arriving.</li>
 * <li>{@code COMPLETE}: the answer has ended, but not the read that brought its end. The
 * end is held back. Further bytes in the same read make the connection unusable; the
 * answer is passed on all the same.</li>
 * <li>{@code CLOSED}: nothing is passed on or written any more.</li>
 * </ul>
 * Transitions: {@code IDLE → CHECKING → AWAITING → READING → COMPLETE → IDLE}, and from
 * each of them to {@code CLOSED}. After {@code COMPLETE} the connection is closed instead
 * of reused when the server announced it, speaks HTTP/1.0, sent excess bytes, ended its
 * answer before the whole request was written, or answered a HEAD request without a
 * {@code Content-Length}: PostgREST 12 closes the socket after each of these without
 * announcing it.
 */
final class ResponseGuard extends ChannelDuplexHandler {

	/**
	 * Event for the handlers above, fired for each informational answer that was dropped.
	 */
	static final Object INFORMATIONAL = HttpStatusClass.INFORMATIONAL;

	private enum State {

		IDLE, CHECKING, AWAITING, READING, COMPLETE, CLOSED

	}

	/**
	 * Listener for what the guard finds out about the connection. Called on the event
	 * loop, before the signal that may make a caller use the connection again.
	 */
	interface Listener {

		/** The first byte of a request is about to be written. */
		void requestBegins();

		/** The connection takes no further request. */
		void retired();

		/**
		 * The server has sent bytes that belong to no request. The connection is closed.
		 * @param bytes how many of them were read
		 * @param status the status of the answer that they followed in the same read, or
		 * 0 if no request was outstanding
		 */
		void unexpectedData(int bytes, int status);

	}

	private final Listener listener;

	private final Runnable sendHeld = this::sendHeld;

	private State state = State.IDLE;

	private @Nullable HttpMethod method;

	/** The write of the last part of the request, or null if that is still to come. */
	private @Nullable ChannelPromise requestEnd;

	private boolean flushHeld;

	private boolean informational;

	private boolean dropped;

	private boolean reusable;

	private int status;

	private @Nullable LastHttpContent answerEnd;

	private boolean active;

	private @Nullable ChannelHandlerContext context;

	private @Nullable PendingWriteQueue held;

	ResponseGuard(Listener listener) {
		this.listener = listener;
	}

	/**
	 * Returns the HTTP codec that has to be directly below this handler.
	 * @param config the limits of the decoder
	 */
	ChannelHandler codec(HttpDecoderConfig config) {
		return new CombinedChannelDuplexHandler<>(new Decoder(config), new Encoder());
	}

	/**
	 * Returns whether bytes from the server can belong to an answer.
	 */
	private boolean expectsAnswer() {
		return this.state == State.AWAITING || this.state == State.READING;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
		this.held = new PendingWriteQueue(ctx);
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
		if (msg instanceof HttpRequest request && this.state == State.IDLE) {
			begin(ctx, request);
		}
		else if (msg instanceof HttpRequest && this.state != State.CLOSED) {
			refuse(msg, promise, new IllegalStateException("A request is outstanding on this connection"));
			return;
		}
		if (this.state == State.CLOSED) {
			refuse(msg, promise, new ClosedChannelException());
			return;
		}
		ChannelPromise written = promise.unvoid();
		if (msg instanceof LastHttpContent) {
			this.requestEnd = written;
		}
		if (this.state == State.CHECKING) {
			held().add(msg, written);
		}
		else {
			ctx.write(msg, written);
		}
	}

	private static void refuse(Object msg, ChannelPromise promise, Exception cause) {
		ReferenceCountUtil.release(msg);
		promise.tryFailure(cause);
	}

	private void begin(ChannelHandlerContext ctx, HttpRequest request) {
		this.state = State.CHECKING;
		this.method = request.method();
		this.requestEnd = null;
		this.reusable = true;
		afterPoll(ctx.executor(), this.sendHeld);
	}

	/**
	 * Runs a task of an event loop after its next poll, which finds what has arrived
	 * while the loop was busy. A loop polls, handles what it found, takes up the timers
	 * that are due, and runs all tasks, those for the end of the round last. So a task
	 * that one of these adds runs after the next poll, and so does a timer that a task
	 * sets, however short it is.
	 * @param executor the loop
	 */
	static void afterPoll(EventExecutor executor, Runnable task) {
		if (executor instanceof SingleThreadEventLoop loop) {
			loop.executeAfterEventLoopIteration(() -> loop.execute(task));
		}
		else {
			executor.execute(() -> executor.schedule(task, 0, TimeUnit.NANOSECONDS));
		}
	}

	/**
	 * Sends what was held back, unless the poll has found the socket closed. Handlers are
	 * notified of that by a task, which may be yet to run.
	 */
	private void sendHeld() {
		if (this.state != State.CHECKING || !context().channel().isActive()) {
			return;
		}
		this.state = State.AWAITING;
		this.listener.requestBegins();
		PendingWriteQueue held = held();
		while (!held.isEmpty()) {
			held.removeAndWrite();
		}
		if (this.flushHeld) {
			this.flushHeld = false;
			context().flush();
		}
	}

	@Override
	public void flush(ChannelHandlerContext ctx) {
		if (this.state == State.CHECKING) {
			this.flushHeld = true;
		}
		else {
			ctx.flush();
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		if (this.state == State.CLOSED) {
			ReferenceCountUtil.release(msg);
		}
		else if (msg instanceof HttpObject part && part.decoderResult().isFailure()) {
			ReferenceCountUtil.release(msg);
			broken(ctx, part.decoderResult().cause());
		}
		else if (msg instanceof HttpResponse response && !begins(ctx, response)) {
			ReferenceCountUtil.release(msg);
		}
		else if (this.informational) {
			ReferenceCountUtil.release(msg);
			this.informational = !(msg instanceof LastHttpContent);
		}
		else if (msg instanceof LastHttpContent end) {
			this.state = State.COMPLETE;
			this.answerEnd = end;
		}
		else {
			ctx.fireChannelRead(msg);
		}
	}

	/**
	 * Looks at the head of an answer.
	 * @return whether it is the head of the final one
	 */
	private boolean begins(ChannelHandlerContext ctx, HttpResponse response) {
		if (response.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
			fail(ctx, new ProtocolException("The server switched protocols (status 101), which no request asks for"));
			return false;
		}
		if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
			this.informational = true;
			this.dropped = true;
			ctx.fireUserEventTriggered(INFORMATIONAL);
			return false;
		}
		this.state = State.READING;
		this.status = response.status().code();
		if (!keepsConnection(response)) {
			retire();
		}
		return true;
	}

	private boolean keepsConnection(HttpResponse response) {
		boolean keptAlive = HttpUtil.isKeepAlive(response) && response.protocolVersion().isKeepAliveDefault();
		return keptAlive && (!HttpMethod.HEAD.equals(this.method)
				|| response.headers().contains(HttpHeaderNames.CONTENT_LENGTH));
	}

	/**
	 * Ends an answer that the decoder cannot read. One that the end of the socket has cut
	 * off is left to the handlers that see the end.
	 */
	private void broken(ChannelHandlerContext ctx, Throwable cause) {
		if (cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException) {
			fail(ctx, cause);
		}
		else if (!(cause instanceof PrematureChannelClosureException)) {
			ProtocolException failure = new ProtocolException("The answer is not valid HTTP/1.1: " + cause);
			failure.initCause(cause);
			fail(ctx, failure);
		}
	}

	/**
	 * Called by the decoder for bytes that arrive while no answer is expected.
	 */
	private void unexpectedData(int bytes) {
		if (this.state == State.CLOSED) {
			return;
		}
		boolean afterAnswer = this.state == State.COMPLETE;
		if (this.reusable || !afterAnswer) {
			this.reusable = false;
			this.listener.unexpectedData(bytes, afterAnswer ? this.status : 0);
		}
		if (!afterAnswer) {
			closed();
			context().close();
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		LastHttpContent end = this.answerEnd;
		if (end != null) {
			this.answerEnd = null;
			complete(ctx, end);
		}
		else if (this.dropped) {
			readOn(ctx);
		}
		this.dropped = false;
		ctx.fireChannelReadComplete();
	}

	private void complete(ChannelHandlerContext ctx, LastHttpContent end) {
		ChannelPromise written = this.requestEnd;
		if (written == null || !written.isSuccess()) {
			retire();
		}
		this.requestEnd = null;
		if (this.reusable) {
			this.state = State.IDLE;
			readOn(ctx);
			ctx.fireChannelRead(end);
		}
		else {
			this.state = State.CLOSED;
			ctx.fireChannelRead(end);
			ctx.close();
		}
	}

	/**
	 * Reads on where the application does not: only what is read is seen.
	 */
	private static void readOn(ChannelHandlerContext ctx) {
		if (!ctx.channel().config().isAutoRead()) {
			ctx.read();
		}
	}

	private void retire() {
		if (this.reusable) {
			this.reusable = false;
			this.listener.retired();
		}
	}

	private void fail(ChannelHandlerContext ctx, Throwable cause) {
		this.listener.retired();
		this.state = State.CLOSED;
		ctx.fireExceptionCaught(cause);
		ctx.close();
	}

	@Override
	public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
		closed();
		ctx.close(promise);
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		this.active = true;
		ctx.fireChannelActive();
	}

	/**
	 * Notes the loss of the socket, such as a reset, while nothing of a request is
	 * written. The error reaches the handlers above before the channel is closed, and
	 * those have to see that the connection is of no more use.
	 */
	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		boolean unsent = this.state == State.IDLE || this.state == State.CHECKING;
		if (this.active && unsent && cause instanceof IOException && !(cause instanceof SSLException)) {
			fail(ctx, cause);
		}
		else {
			ctx.fireExceptionCaught(cause);
		}
	}

	/**
	 * Fails an answer that is cut off. One that ends with the socket is complete only if
	 * TLS has ended before: otherwise any loss of the socket looks like its end (RFC
	 * 9112, section 9.8).
	 */
	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof SslCloseCompletionEvent end && !end.isSuccess() && this.state == State.READING) {
			fail(ctx, new EOFException("The server closed the connection without the end of TLS (close_notify)"));
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		closed();
		ctx.fireChannelInactive();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		closed();
	}

	private void closed() {
		this.state = State.CLOSED;
		ReferenceCountUtil.release(this.answerEnd);
		this.answerEnd = null;
		held().removeAndFailAll(new ClosedChannelException());
	}

	private ChannelHandlerContext context() {
		ChannelHandlerContext context = this.context;
		if (context == null) {
			throw new IllegalStateException("Not in a pipeline");
		}
		return context;
	}

	private PendingWriteQueue held() {
		PendingWriteQueue held = this.held;
		if (held == null) {
			throw new IllegalStateException("Not in a pipeline");
		}
		return held;
	}

	/**
	 * Encodes the requests of one connection.
	 */
	private static final class Encoder extends HttpRequestEncoder {

		@Override
		protected void encodeHeaders(HttpHeaders headers, ByteBuf buffer) {
			if (headers instanceof HttpFields fields) {
				fields.writeTo(buffer);
			}
			else {
				super.encodeHeaders(headers, buffer);
			}
		}

	}

	/**
	 * Decodes the answers of one connection. Bytes that arrive while no answer is
	 * expected are dropped and reported to the guard, even if they are not yet a message.
	 */
	private final class Decoder extends HttpResponseDecoder {

		private static final int KNOWN_NAMES = 16;

		private final @Nullable AsciiString[] names = new AsciiString[KNOWN_NAMES];

		Decoder(HttpDecoderConfig config) {
			super(config);
		}

		@Override
		protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
			if (expectsAnswer()) {
				super.decode(ctx, in, out);
				return;
			}
			int unexpected = in.readableBytes();
			in.skipBytes(unexpected);
			unexpectedData(unexpected);
		}

		/**
		 * Finds the name of a header field among those of earlier answers: a server sends
		 * the same ones again and again.
		 */
		@Override
		protected AsciiString splitHeaderName(byte[] line, int start, int length) {
			int place = (length > 0) ? (length + line[start]) & (KNOWN_NAMES - 1) : 0;
			AsciiString known = this.names[place];
			if (known != null && Arrays.equals(known.array(), known.arrayOffset(), known.arrayOffset() + known.length(),
					line, start, start + length)) {
				return known;
			}
			AsciiString name = super.splitHeaderName(line, start, length);
			this.names[place] = name;
			return name;
		}

		/**
		 * An answer to HEAD, and one with status 205, has no body, whatever its header
		 * fields say (RFC 9110, sections 9.3.2 and 15.3.6). What follows it is not
		 * expected.
		 */
		@Override
		protected boolean isContentAlwaysEmpty(HttpMessage message) {
			return super.isContentAlwaysEmpty(message) || HttpMethod.HEAD.equals(ResponseGuard.this.method)
					|| (message instanceof HttpResponse response
							&& response.status().code() == HttpResponseStatus.RESET_CONTENT.code());
		}

	}

}
