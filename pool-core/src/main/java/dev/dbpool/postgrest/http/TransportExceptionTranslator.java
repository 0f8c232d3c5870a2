package dev.dbpool.postgrest.http;

import java.util.Optional;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.TransportCause;
import dev.dbpool.postgrest.value.UnstorableTextException;
import reactor.core.Exceptions;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Failures of what carries requests and answers: there was no answer, or not all of it.
 */
public final class TransportExceptionTranslator {

	private TransportExceptionTranslator() {
	}

	/**
	 * Translates what an HTTP client, a codec or a connection throws.
	 * @param request the request that failed
	 * @param thrown what was thrown
	 * @return a {@link org.springframework.dao.DataAccessException}, or what was thrown
	 * if it is no failure of the transport
	 */
	public static Throwable translate(PostgrestRequest request, Throwable thrown) {
		Throwable failure = Exceptions.unwrap(thrown);
		if (failure.getCause() instanceof UnstorableTextException refused) {
			return refused;
		}
		Optional<TransportCause> known = TransportCause.of(failure);
		return known.<Throwable>map((cause) -> translate(request, cause, failure)).orElse(thrown);
	}

	private static Throwable translate(PostgrestRequest request, TransportCause cause, Throwable thrown) {
		Failure failure = cause.failure();
		Throwable root = withoutRequest(thrown);
		String happened = ((thrown instanceof AnswerBytes.Limit.ExceededException) ? "The answer is too long"
				: cause.happened()) + reason(root);
		ExceptionTranslator.ExceptionFactory exception = switch (cause) {
			case CONNECT, PROTOCOL -> DataAccessResourceFailureException::new;
			case TIMEOUT -> QueryTimeoutException::new;
			case LOST -> ExceptionTranslator.isUnknownWrite(request, failure) ? DataAccessResourceFailureException::new
					: TransientDataAccessResourceException::new;
			case UNREADABLE, TOO_LARGE, LONG_HEADERS -> DataRetrievalFailureException::new;
			case UNWRITABLE, REFUSED -> InvalidDataAccessApiUsageException::new;
		};
		return ExceptionTranslator.unanswered(request, happened, failure, root, exception);
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

}
