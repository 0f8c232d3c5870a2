package dev.dbpool.transport;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Iterator;
import java.util.Map;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.springframework.core.codec.EncodingException;

/**
 * Passes on the final answer of one stream: informational answers are dropped, and a body
 * where there is none by definition. A stream belongs to one request, so there is no
 * other answer to confuse it with; what a server sends beside it is an error of the
 * stream. Used by the event loop alone.
 */
final class Http2Answers extends ChannelDuplexHandler {

	/** What a field counts beside its name and its value (RFC 9113, section 6.5.2). */
	private static final int FIELD_OVERHEAD = 32;

	private final int maxHeaderSize;

	private @Nullable HttpMethod method;

	private boolean begun;

	private boolean bodiless;

	/**
	 * Creates the handler of one stream.
	 * @param maxHeaderSize how long the head of an answer may be, and its trailers
	 */
	Http2Answers(int maxHeaderSize) {
		this.maxHeaderSize = maxHeaderSize;
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
		if (msg instanceof HttpRequest request) {
			this.method = request.method();
		}
		ctx.write(msg, promise);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
		requireShort(msg);
		if (msg instanceof HttpResponse response && !begins(ctx, response)) {
			ReferenceCountUtil.release(msg);
		}
		else if (this.bodiless && msg instanceof HttpContent content && content.content().isReadable()) {
			ReferenceCountUtil.release(msg);
			ctx.fireChannelRead((msg instanceof LastHttpContent) ? LastHttpContent.EMPTY_LAST_CONTENT
					: new DefaultHttpContent(Unpooled.EMPTY_BUFFER));
		}
		else {
			ctx.fireChannelRead(msg);
		}
	}

	private void requireShort(Object msg) {
		if ((msg instanceof HttpResponse response && isTooLong(response.headers()))
				|| (msg instanceof LastHttpContent last && isTooLong(last.trailingHeaders()))) {
			ReferenceCountUtil.release(msg);
			throw new TooLongHttpHeaderException(
					"The header fields of the answer are longer than %d bytes".formatted(this.maxHeaderSize));
		}
	}

	private boolean isTooLong(HttpHeaders fields) {
		if (fields.isEmpty()) {
			return false;
		}
		long length = 0;
		Iterator<Map.Entry<CharSequence, CharSequence>> all = fields.iteratorCharSequence();
		while (all.hasNext()) {
			Map.Entry<CharSequence, CharSequence> field = all.next();
			length += field.getKey().length() + field.getValue().length() + FIELD_OVERHEAD;
		}
		return length > this.maxHeaderSize;
	}

	private boolean begins(ChannelHandlerContext ctx, HttpResponse response) throws ProtocolException {
		HttpResponseStatus status = response.status();
		boolean informational = status.codeClass() == HttpStatusClass.INFORMATIONAL;
		if (this.begun || status.code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
			ReferenceCountUtil.release(response);
			throw new ProtocolException("The answer is not valid HTTP/2: a head with status " + status.code()
					+ (this.begun ? " after the final one" : ""));
		}
		if (informational) {
			ctx.fireUserEventTriggered(ResponseGuard.INFORMATIONAL);
			return false;
		}
		this.begun = true;
		this.bodiless = HttpMethod.HEAD.equals(this.method) || isBodiless(status.code());
		HttpHeaders headers = response.headers();
		headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
		headers.remove(HttpConversionUtil.ExtensionHeaderNames.STREAM_ID.text());
		return true;
	}

	private static boolean isBodiless(int status) {
		return status == HttpResponseStatus.NO_CONTENT.code() || status == HttpResponseStatus.RESET_CONTENT.code()
				|| status == HttpResponseStatus.NOT_MODIFIED.code();
	}

	/**
	 * Describes an error of a stream.
	 * @return the same, or an exception in its place that says what went wrong
	 */
	static Throwable describe(Throwable thrown) {
		Throwable cause = (thrown instanceof Http2FrameStreamException && thrown.getCause() != null) ? thrown.getCause()
				: thrown;
		if (cause instanceof Http2Exception.HeaderListSizeException tooLong && !tooLong.duringDecode()) {
			return new EncodingException(
					"The head of the request is longer than the server accepts. Nothing of it was sent", cause);
		}
		if (isTooLong(cause)) {
			return new TooLongHttpHeaderException(cause.getMessage(), cause);
		}
		if (cause instanceof Http2Exception) {
			IOException failure = new ProtocolException("The answer is not valid HTTP/2: " + cause.getMessage());
			failure.initCause(cause);
			return failure;
		}
		return cause;
	}

	static boolean isTooLong(Throwable cause) {
		return cause instanceof Http2Exception.HeaderListSizeException;
	}

	/**
	 * Returns the name of an error code.
	 */
	static String error(long code) {
		Http2Error known = Http2Error.valueOf(code);
		return (known != null) ? known.name() : "error " + code;
	}

}
