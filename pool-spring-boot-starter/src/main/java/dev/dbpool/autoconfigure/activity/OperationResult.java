package dev.dbpool.autoconfigure.activity;

import java.time.Duration;

import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.postgrest.error.Failure;
import org.jspecify.annotations.Nullable;

/**
 * What counts of the end of an operation.
 *
 * @param isFailure whether it failed
 * @param isServerFailure whether it failed through the fault of the server or the network
 * @param isOutcomeUnknown whether it is a write that failed and may have taken effect
 * @param isSlow whether it took longer than the threshold of its pool
 */
record OperationResult(boolean isFailure, boolean isServerFailure, boolean isOutcomeUnknown, boolean isSlow) {

	static OperationResult of(OperationOutcome outcome, Duration slowThreshold) {
		boolean failed = outcome.result() == Result.FAILURE;
		return new OperationResult(failed, failed && isServerFailure(outcome.failure()), isOutcomeUnknown(outcome),
				!slowThreshold.isZero() && outcome.duration().compareTo(slowThreshold) > 0);
	}

	/**
	 * Returns whether an operation of the write lane has failed, of which a statement has
	 * taken effect or may have.
	 */
	static boolean isOutcomeUnknown(OperationOutcome outcome) {
		return outcome.result() == Result.FAILURE && outcome.operation().lane() == Lane.WRITE
				&& OperationFailure.in(outcome.failure()).filter(OperationFailure::mayHaveRun).isPresent();
	}

	private static boolean isServerFailure(@Nullable Throwable failure) {
		if (failure == null) {
			return false;
		}
		boolean unreachable = failure.getCause() instanceof AcquireTimeoutException ex && ex.getCause() != null;
		return unreachable || Failure.of(failure).countsAgainstServer();
	}

}
