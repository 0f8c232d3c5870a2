package dev.dbpool.client;

import java.util.Optional;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolException;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.transport.ConnectionClosedException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.TransientDataAccessResourceException;

/**
 * Translates the exceptions of a pool into Spring's, and classifies them for the circuit
 * breaker and for retries.
 */
final class PoolExceptionTranslator {

	private PoolExceptionTranslator() {
	}

	/**
	 * Translates a failure of a pool; anything else is returned as it is.
	 */
	static Throwable translate(Throwable failure) {
		return (failure instanceof PoolException ex) ? translate(ex) : failure;
	}

	static DataAccessException translate(PoolException failure) {
		String message = String.valueOf(failure.getMessage());
		if (failure instanceof PoolClosedException) {
			return new NonTransientDataAccessResourceException(message, failure);
		}
		if (isServerUnreachable(failure)) {
			return new DataAccessResourceFailureException(message, failure);
		}
		return new TransientDataAccessResourceException(message, failure);
	}

	/**
	 * Classifies a failure. A queue that was too long is our own affair: no other attempt
	 * follows, since the caller has waited its time, and the server is not to blame,
	 * unless connections could not be opened.
	 */
	static Failure classify(Throwable failure) {
		if (!(failure instanceof PoolException ex)) {
			return Failure.of(failure);
		}
		Kind kind = isServerUnreachable(ex) ? Kind.TRANSIENT : Kind.PERMANENT;
		Execution execution = (ex instanceof LeaseRevokedException) ? Execution.UNKNOWN : Execution.NOT_RUN;
		return new Failure(kind, execution, 0, Optional.empty());
	}

	/**
	 * Returns the cause if an attempt has failed because its connection was closed before
	 * a request was sent. The failure of another operation within it does not count, nor
	 * does a failure to lease: the caller has waited its time for that.
	 */
	static Optional<ConnectionClosedException> unsent(Throwable failure) {
		ConnectionClosedException unsent = null;
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof PoolException) {
				return Optional.empty();
			}
			if (cause instanceof ConnectionClosedException ex) {
				unsent = ex;
			}
		}
		return Optional.ofNullable(unsent).filter((cause) -> OperationFailure.in(failure).isEmpty());
	}

	private static boolean isServerUnreachable(PoolException failure) {
		return failure instanceof AcquireTimeoutException && failure.getCause() != null;
	}

}
