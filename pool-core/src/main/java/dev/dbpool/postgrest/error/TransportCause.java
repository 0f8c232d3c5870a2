package dev.dbpool.postgrest.error;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLHandshakeException;

import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.timeout.ReadTimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;

import org.springframework.core.codec.DecodingException;
import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Why there was no answer, or not all of it: what the exceptions of HTTP clients mean.
 */
public enum TransportCause {

	/**
	 * There is no connection.
	 */
	CONNECT("There was no connection to PostgREST", Kind.TRANSIENT, Execution.NOT_RUN, Integer.MAX_VALUE),

	/**
	 * The answer took too long.
	 */
	TIMEOUT("PostgREST did not answer in time", Kind.TIMEOUT, Execution.UNKNOWN, Integer.MAX_VALUE),

	/**
	 * The connection was lost.
	 */
	LOST("The connection to PostgREST was lost", Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE),

	/**
	 * The answer breaks the HTTP protocol.
	 */
	PROTOCOL("The answer of PostgREST, or of a gateway before it, breaks the HTTP protocol", Kind.TRANSIENT,
			Execution.UNKNOWN, Integer.MAX_VALUE),

	/**
	 * The answer cannot be decoded.
	 */
	UNREADABLE("The answer could not be read", Kind.PERMANENT, Execution.COMPLETED, 0),

	/**
	 * The headers of the answer exceed the limit of the HTTP client.
	 */
	LONG_HEADERS(
			"The headers of the answer are longer than the HTTP client takes (PostgREST repeats the query in"
					+ " Content-Location): shorten the query, or raise the client's maxHeaderSize",
			Kind.PERMANENT, Execution.COMPLETED, 0),

	/**
	 * The answer, or a part of it, exceeds a limit of memory.
	 */
	TOO_LARGE("A row or value of the answer is larger than the codec's limit", Kind.PERMANENT, Execution.COMPLETED, 0),

	/**
	 * The request cannot be encoded, or its head is longer than the server accepts.
	 */
	UNWRITABLE("The request could not be written", Kind.PERMANENT, Execution.NOT_RUN, 0),

	/**
	 * The client refused the request.
	 */
	REFUSED("The request failed on this side", Kind.PERMANENT, Execution.UNKNOWN, 0);

	private final String happened;

	private final Failure failure;

	TransportCause(String happened, Kind kind, Execution execution, int maxRetries) {
		this.happened = happened;
		this.failure = Failure.retryable(kind, execution, maxRetries);
	}

	/**
	 * Finds out what a failure of a {@code WebClient} is.
	 * @param failure what was thrown
	 * @return the cause, or empty if this is no failure of the transport
	 */
	public static Optional<TransportCause> of(Throwable failure) {
		Throwable thrown = Exceptions.unwrap(failure);
		if (!(thrown instanceof WebClientRequestException)) {
			return Optional.ofNullable((thrown instanceof DecoderException broken) ? ofBody(broken) : ofOne(thrown));
		}
		for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
			TransportCause known = ofOne(cause);
			if (known != null) {
				return Optional.of(known);
			}
		}
		return Optional.of((thrown.getCause() instanceof IllegalArgumentException) ? REFUSED : LOST);
	}

	/**
	 * Return what happened, in words.
	 * @return the beginning of a message
	 */
	public String happened() {
		return this.happened;
	}

	/**
	 * Return what it means.
	 * @return the failure
	 */
	public Failure failure() {
		return this.failure;
	}

	/**
	 * Looks up why the HTTP client made no sense of the body of an answer, such as one
	 * that is not compressed as it says. What TLS cannot read is a lost connection.
	 */
	private static TransportCause ofBody(DecoderException broken) {
		TransportCause known = ofOne(broken);
		if (known != null) {
			return known;
		}
		return (broken.getCause() instanceof IOException) ? LOST : UNREADABLE;
	}

	private static @Nullable TransportCause ofOne(Throwable thrown) {
		if (thrown instanceof ConnectException || thrown instanceof UnknownHostException
				|| thrown instanceof NoRouteToHostException || thrown instanceof UnresolvedAddressException
				|| thrown instanceof HttpConnectTimeoutException || thrown instanceof SSLHandshakeException) {
			return CONNECT;
		}
		if (thrown instanceof ReadTimeoutException || thrown instanceof TimeoutException
				|| thrown instanceof HttpTimeoutException || thrown instanceof SocketTimeoutException) {
			return TIMEOUT;
		}
		if (thrown instanceof ProtocolException) {
			return PROTOCOL;
		}
		if (thrown instanceof TooLongHttpHeaderException) {
			return LONG_HEADERS;
		}
		if (thrown instanceof DataBufferLimitException) {
			return TOO_LARGE;
		}
		if (thrown instanceof DecodingException) {
			return UNREADABLE;
		}
		if (thrown instanceof EncodingException) {
			return UNWRITABLE;
		}
		return (thrown instanceof IOException || thrown instanceof AbortedException) ? LOST : null;
	}

}
