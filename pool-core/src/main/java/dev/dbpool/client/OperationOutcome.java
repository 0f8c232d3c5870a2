package dev.dbpool.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What came of an operation.
 *
 * @param operation the operation
 * @param result how it ended
 * @param attempts how many attempts were begun; 0 if it was refused before the first
 * @param duration the time from subscription to end, back-off included
 * @param failure the error that the application got, if it failed
 */
public record OperationOutcome(Operation operation, Result result, int attempts, Duration duration,
		@Nullable Throwable failure) {

	/**
	 * How an operation ended.
	 */
	public enum Result {

		/** It completed. */
		SUCCESS,

		/** It failed. */
		FAILURE,

		/** The subscriber cancelled. */
		CANCELLED

	}

}
