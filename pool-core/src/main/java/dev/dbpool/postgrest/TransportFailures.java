package dev.dbpool.postgrest;

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

import dev.dbpool.postgrest.Failure.Execution;
import dev.dbpool.postgrest.Failure.Kind;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.timeout.ReadTimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;

import org.springframework.core.codec.DecodingException;
import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Failures of what carries requests and answers: there was no answer, or not all of it.
 */
final class TransportFailures {

	private TransportFailures() {
	}

	/**
	 * Translates what a {@code WebClient} throws; anything else is left as it is.
	 */
	static Throwable translate(PostgrestRequest request, Throwable thrown) {
		Throwable failure = Exceptions.unwrap(thrown);
		if (failure.getCause() instanceof UnstorableTextException refused) {
			return refused;
		}
		Optional<Cause> known = Cause.of(failure);
		return known.<Throwable>map((cause) -> translate(request, cause, failure)).orElse(thrown);
	}

	private static Throwable translate(PostgrestRequest request, Cause cause, Throwable thrown) {
		Failure failure = cause.failure;
		Throwable root = withoutRequest(thrown);
		String happened = cause.happened + reason(root);
		Translation.ExceptionFactory exception = switch (cause) {
			case CONNECT, PROTOCOL -> DataAccessResourceFailureException::new;
			case TIMEOUT -> QueryTimeoutException::new;
			case LOST -> Translation.isUnknownWrite(request, failure) ? DataAccessResourceFailureException::new
					: TransientDataAccessResourceException::new;
			case UNREADABLE, TOO_LARGE, TOO_LONG, LONG_HEADERS -> DataRetrievalFailureException::new;
			case UNWRITABLE, REFUSED -> InvalidDataAccessApiUsageException::new;
		};
		return Translation.unanswered(request, happened, failure, root, exception);
	}

	/**
	 * Takes off Spring's exception, which holds the headers of the request, keys and
	 * tokens among them.
	 */
	private static Throwable withoutRequest(Throwable thrown) {
		return (thrown instanceof WebClientRequestException && thrown.getCause() != null) ? thrown.getCause() : thrown;
	}

	private static String reason(Throwable root) {
		String message = root.getMessage();
		return ": " + ((message != null) ? message : root.getClass().getSimpleName());
	}

	static Optional<Failure> classify(Throwable thrown) {
		return Cause.of(Exceptions.unwrap(thrown)).map((cause) -> cause.failure);
	}

	private enum Cause {

		CONNECT("There was no connection to PostgREST", Kind.TRANSIENT, Execution.NOT_RUN, Integer.MAX_VALUE),

		TIMEOUT("PostgREST did not answer in time", Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE),

		LOST("The connection to PostgREST was lost", Kind.TRANSIENT, Execution.UNKNOWN, Integer.MAX_VALUE),

		PROTOCOL("The answer of PostgREST, or of a gateway before it, breaks the HTTP protocol", Kind.TRANSIENT,
				Execution.UNKNOWN, Integer.MAX_VALUE),

		UNREADABLE("The answer could not be read", Kind.PERMANENT, Execution.COMPLETED, 0),

		LONG_HEADERS(
				"The headers of the answer are longer than the HTTP client takes (PostgREST repeats the query in"
						+ " Content-Location): shorten the query, or raise the client's maxHeaderSize",
				Kind.PERMANENT, Execution.COMPLETED, 0),

		TOO_LARGE("A row or value of the answer is larger than the codec's limit", Kind.PERMANENT, Execution.COMPLETED,
				0),

		TOO_LONG("The answer is too long", Kind.PERMANENT, Execution.COMPLETED, 0),

		UNWRITABLE("The body of the request could not be written as JSON", Kind.PERMANENT, Execution.NOT_RUN, 0),

		REFUSED("The request failed on this side", Kind.PERMANENT, Execution.UNKNOWN, 0);

		private final String happened;

		private final Failure failure;

		Cause(String happened, Kind kind, Execution execution, int maxRetries) {
			this.happened = happened;
			this.failure = Failure.retryable(kind, execution, maxRetries);
		}

		static Optional<Cause> of(Throwable thrown) {
			if (!(thrown instanceof WebClientRequestException)) {
				return Optional
					.ofNullable((thrown instanceof DecoderException broken) ? ofBody(broken) : ofOne(thrown));
			}
			for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
				Cause known = ofOne(cause);
				if (known != null) {
					return Optional.of(known);
				}
			}
			return Optional.of((thrown.getCause() instanceof IllegalArgumentException) ? REFUSED : LOST);
		}

		/**
		 * Looks up why the HTTP client made no sense of the body of an answer, such as
		 * one that is not compressed as it says. What TLS cannot read is a lost
		 * connection.
		 */
		private static Cause ofBody(DecoderException broken) {
			Cause known = ofOne(broken);
			if (known != null) {
				return known;
			}
			return (broken.getCause() instanceof IOException) ? LOST : UNREADABLE;
		}

		private static @Nullable Cause ofOne(Throwable thrown) {
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
			if (thrown instanceof AnswerLimit.ExceededException) {
				return TOO_LONG;
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

}
