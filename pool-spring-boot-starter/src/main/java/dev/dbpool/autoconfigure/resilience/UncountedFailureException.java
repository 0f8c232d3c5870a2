package dev.dbpool.autoconfigure.resilience;

/**
 * A failure of the server that the circuit breaker ignores, since it says nothing that
 * was not known or that is certain. Seen by listeners of the breaker's events only.
 */
final class UncountedFailureException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	UncountedFailureException(Throwable failure) {
		super(failure.getMessage(), failure, false, false);
	}

}
