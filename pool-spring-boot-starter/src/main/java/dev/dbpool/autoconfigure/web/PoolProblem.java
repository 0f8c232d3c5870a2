package dev.dbpool.autoconfigure.web;

import java.time.Duration;
import java.util.Optional;

import dev.dbpool.autoconfigure.resilience.AdmissionRefusedException;
import dev.dbpool.autoconfigure.resilience.CircuitBreakerOpenException;
import dev.dbpool.autoconfigure.resilience.RateLimitedException;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * What a failure of a pool means to a client of the application. The detail is ours: what
 * the database or the pool said can hold names and values that are not the client's.
 *
 * @param status the status of the answer
 * @param detail what to say
 * @param retryAfter when to try again, where that can help and does no harm
 */
record PoolProblem(HttpStatus status, String detail, Optional<Duration> retryAfter) {

	private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);

	private static final String FOREIGN_KEY_VIOLATION = "23503";

	static PoolProblem of(DataAccessException failure, OperationFailure operation) {
		if (failure instanceof EmptyResultDataAccessException) {
			return permanent(HttpStatus.NOT_FOUND, "The requested resource does not exist.");
		}
		if (failure instanceof DuplicateKeyException) {
			return permanent(HttpStatus.CONFLICT, "The resource already exists.");
		}
		if (operation.error().code().filter(FOREIGN_KEY_VIOLATION::equals).isPresent()) {
			return permanent(HttpStatus.CONFLICT,
					"The request refers to a resource that does not exist, or the resource is still referred to.");
		}
		if (failure instanceof DataIntegrityViolationException) {
			return permanent(HttpStatus.UNPROCESSABLE_CONTENT, "The request has values that are not allowed.");
		}
		if (failure instanceof PermissionDeniedDataAccessException) {
			return ofDenied(failure, operation);
		}
		return ofServer(failure, operation);
	}

	static PoolProblem unstorableText() {
		return permanent(HttpStatus.BAD_REQUEST, "The request has a character that cannot be stored.");
	}

	/**
	 * A key of the application that is refused is no fault of its client, and neither is
	 * what was refused while the user was found. A gateway refuses keys and PostgREST
	 * tokens; of the two only PostgREST says by a code that one is missing.
	 */
	private static PoolProblem ofDenied(DataAccessException failure, OperationFailure operation) {
		Failure.Kind kind = PostgrestException.in(failure).map((cause) -> cause.failure().kind()).orElse(null);
		PostgrestError answer = operation.error();
		if (kind == Failure.Kind.AUTHENTICATION) {
			return (operation.identity() == Identity.Kind.USER && answer.status().isPresent()) ? invalidToken()
					: notProcessed();
		}
		if (kind == Failure.Kind.CREDENTIALS_MISSING) {
			return (operation.identity() != Identity.Kind.SERVICE && answer.code().isPresent()) ? invalidToken()
					: notProcessed();
		}
		return permanent(HttpStatus.FORBIDDEN, "Access is denied.");
	}

	private static PoolProblem invalidToken() {
		return permanent(HttpStatus.UNAUTHORIZED, "The access token is not valid.");
	}

	private static PoolProblem notProcessed() {
		return permanent(HttpStatus.INTERNAL_SERVER_ERROR, "The request could not be processed.");
	}

	private static PoolProblem ofServer(DataAccessException failure, OperationFailure operation) {
		if (failure instanceof QueryTimeoutException) {
			return permanent(HttpStatus.GATEWAY_TIMEOUT, "The database did not answer in time." + outcome(operation));
		}
		if (operation.mayHaveRun() && operation.lane() == Lane.WRITE && isUnavailable(failure)) {
			return permanent(HttpStatus.SERVICE_UNAVAILABLE, "The database did not answer." + outcome(operation));
		}
		if (failure instanceof ConcurrencyFailureException) {
			return permanent(HttpStatus.CONFLICT, "The resource was changed by another request.");
		}
		if (failure instanceof AdmissionRefusedException refused && refused.isKeyed()) {
			return new PoolProblem(HttpStatus.TOO_MANY_REQUESTS, "There were too many requests.",
					Optional.of(refused.retryAfter()));
		}
		if (isUnavailable(failure)) {
			return new PoolProblem(HttpStatus.SERVICE_UNAVAILABLE, "The database is temporarily unavailable.",
					Optional.of(retryAfterOf(failure)));
		}
		return notProcessed();
	}

	private static String outcome(OperationFailure operation) {
		return (operation.mayHaveRun() && operation.lane() == Lane.WRITE)
				? " The change may have been made: check before you repeat the request." : "";
	}

	private static boolean isUnavailable(DataAccessException failure) {
		return failure instanceof TransientDataAccessException || failure instanceof DataAccessResourceFailureException
				|| failure instanceof NonTransientDataAccessResourceException;
	}

	private static Duration retryAfterOf(DataAccessException failure) {
		if (failure instanceof CircuitBreakerOpenException open) {
			return open.retryAfter();
		}
		if (failure instanceof AdmissionRefusedException refused) {
			return refused.retryAfter();
		}
		if (failure instanceof RateLimitedException limited) {
			return limited.retryAfter();
		}
		return PostgrestException.in(failure)
			.flatMap((cause) -> cause.failure().retryAfter())
			.orElse(DEFAULT_RETRY_AFTER);
	}

	private static PoolProblem permanent(HttpStatus status, String detail) {
		return new PoolProblem(status, detail, Optional.empty());
	}

	void writeTo(HttpHeaders headers) {
		this.retryAfter.ifPresent((delay) -> headers.set(HttpHeaders.RETRY_AFTER,
				Long.toString(Math.max(1, (delay.toMillis() + 999) / 1000))));
		if (this.status == HttpStatus.UNAUTHORIZED) {
			headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
		}
	}

}
