package dev.dbpool.autoconfigure.resilience;

import dev.dbpool.client.Operation;

/**
 * Decides which failures are worth a retry, in place of the built-in rules. A bean of
 * this type applies to all pools. It is called after each attempt that failed, on the
 * thread that observed the failure, often an event loop, so it must not block.
 * <p>
 * It cannot allow what may do harm: a write whose outcome is unknown, or that took
 * effect, is retried only if it is idempotent. The maximum number of attempts, the budget
 * and the deadline apply to each retry. If it throws, the operation fails with the
 * failure of the attempt, which has the exception among its suppressed ones.
 */
@FunctionalInterface
public interface RetryClassifier {

	/**
	 * Decides on a failed attempt.
	 * @param operation the operation
	 * @param failure what the application gets if no other attempt follows, mostly a
	 * {@link org.springframework.dao.DataAccessException}
	 * @return the decision
	 */
	Decision classify(Operation operation, Throwable failure);

	/**
	 * What follows a failed attempt.
	 */
	enum Decision {

		/**
		 * The built-in rules decide.
		 */
		DEFAULT,

		/**
		 * Another attempt, if it can do no harm.
		 */
		RETRY,

		/**
		 * No other attempt.
		 */
		FAIL

	}

}
