package dev.dbpool.transport;

import java.util.Arrays;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the answers of one connection. Bytes that arrive while the
 * {@link ResponseGuard} expects no answer are dropped and reported to it, even if they
 * are not yet a message.
 */
final class ResponseDecoder extends HttpResponseDecoder {

	private static final int KNOWN_NAMES = 16;

	private final ResponseGuard guard;

	private final @Nullable AsciiString[] names = new AsciiString[KNOWN_NAMES];

	private ResponseDecoder(HttpDecoderConfig config, ResponseGuard guard) {
		super(config);
		this.guard = guard;
	}

	/**
	 * Creates the HTTP codec that a guard needs directly below it.
	 * @param config the limits of the decoder
	 * @param guard the guard
	 * @return a codec
	 */
	static CombinedChannelDuplexHandler<?, ?> codec(HttpDecoderConfig config, ResponseGuard guard) {
		return new CombinedChannelDuplexHandler<>(new ResponseDecoder(config, guard), new HttpRequestEncoder());
	}

	@Override
	protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
		if (this.guard.expectsAnswer()) {
			super.decode(ctx, in, out);
			return;
		}
		int unexpected = in.readableBytes();
		in.skipBytes(unexpected);
		this.guard.unexpectedData(unexpected);
	}

	/**
	 * Finds the name of a header field among those of earlier answers: a server sends the
	 * same ones again and again.
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
	 * An answer to HEAD, and one with status 205, has no body, whatever its header fields
	 * say (RFC 9110, sections 9.3.2 and 15.3.6). What follows it is not expected.
	 */
	@Override
	protected boolean isContentAlwaysEmpty(HttpMessage message) {
		return super.isContentAlwaysEmpty(message) || HttpMethod.HEAD.equals(this.guard.method())
				|| (message instanceof HttpResponse response
						&& response.status().code() == HttpResponseStatus.RESET_CONTENT.code());
	}

}
