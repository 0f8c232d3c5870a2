package dev.dbpool.autoconfigure.resilience;

/**
 * A health check that served as trial call of the circuit breaker failed.
 */
final class TrialFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	TrialFailedException(String message) {
		super(message, null, false, false);
	}

}
