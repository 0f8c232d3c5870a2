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
 * @param waited how much of it was spent waiting for connections
 * @param held how much of it was spent on connections: the network, the server, and what
 * reads the answer
 * @param traceId the trace that it belongs to, if it is traced and has asked for a
 * connection
 * @param failure the error that the application got, if it failed
 */
public record OperationOutcome(Operation operation, Result result, int attempts, Duration duration, Duration waited,
		Duration held, @Nullable String traceId, @Nullable Throwable failure) {

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
