package dev.dbpool.autoconfigure.resilience;

/**
 * A note on the failure of an operation that would have been retried, but that the retry
 * budget of its pool was used up. It is a suppressed exception of that failure.
 */
final class RetryRefusedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	RetryRefusedException(String pool, RetryBudget budget) {
		super("The retry budget of pool '%s' is used up (%s), so no further attempt was made".formatted(pool, budget),
				null, false, false);
	}

}
