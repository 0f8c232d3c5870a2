package dev.dbpool.sample;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpStatus;

/**
 * What a failure of the database means to the caller of the API.
 *
 * @param retryAfter when to try again, if that can help and does no harm
 */
record DataAccessProblem(HttpStatus status, String detail, Optional<Duration> retryAfter) {

	private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);

	static DataAccessProblem of(DataAccessException failure) {
		if (failure instanceof EmptyResultDataAccessException) {
			return permanent(HttpStatus.NOT_FOUND, "There is no such thing.");
		}
		if (failure instanceof DuplicateKeyException) {
			return permanent(HttpStatus.CONFLICT, "It is there already.");
		}
		if (failure instanceof DataIntegrityViolationException) {
			return permanent(HttpStatus.UNPROCESSABLE_CONTENT,
					"The data break a rule of the marketplace, or refer to what is not there.");
		}
		if (failure instanceof PermissionDeniedDataAccessException) {
			return isAuthentication(failure)
					? permanent(HttpStatus.UNAUTHORIZED, "The token is not valid, or no longer. Sign in again.")
					: permanent(HttpStatus.FORBIDDEN, "This is not allowed to you.");
		}
		return unavailable(failure);
	}

	private static DataAccessProblem unavailable(DataAccessException failure) {
		if (mayHaveBeenWritten(failure)) {
			return permanent(HttpStatus.SERVICE_UNAVAILABLE,
					"The database did not answer, and it is unknown whether the change was made. Look before repeating it.");
		}
		if (failure instanceof QueryTimeoutException) {
			return permanent(HttpStatus.GATEWAY_TIMEOUT, "The database took too long.");
		}
		if (failure instanceof TransientDataAccessException || failure instanceof DataAccessResourceFailureException
				|| failure instanceof NonTransientDataAccessResourceException) {
			return new DataAccessProblem(HttpStatus.SERVICE_UNAVAILABLE,
					"The database is not available for the moment.", Optional.of(retryAfter(failure)));
		}
		return permanent(HttpStatus.INTERNAL_SERVER_ERROR, "The request could not be carried out.");
	}

	private static boolean isAuthentication(DataAccessException failure) {
		return kind(failure)
			.filter((kind) -> kind == Failure.Kind.AUTHENTICATION || kind == Failure.Kind.CREDENTIALS_MISSING)
			.isPresent();
	}

	private static boolean mayHaveBeenWritten(DataAccessException failure) {
		return PostgrestException.in(failure)
			.filter((cause) -> cause.failure().mayHaveRun() && !cause.request().startsWith("GET "))
			.isPresent();
	}

	private static Optional<Failure.Kind> kind(DataAccessException failure) {
		return PostgrestException.in(failure).map((cause) -> cause.failure().kind());
	}

	private static Duration retryAfter(DataAccessException failure) {
		return PostgrestException.in(failure)
			.flatMap((cause) -> cause.failure().retryAfter())
			.orElse(DEFAULT_RETRY_AFTER);
	}

	private static DataAccessProblem permanent(HttpStatus status, String detail) {
		return new DataAccessProblem(status, detail, Optional.empty());
	}

}
