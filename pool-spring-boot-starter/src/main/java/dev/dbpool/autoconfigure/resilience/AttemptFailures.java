package dev.dbpool.autoconfigure.resilience;

import dev.dbpool.client.AttemptFailedException;
import dev.dbpool.postgrest.PostgrestException;

/**
 * What a failure means to retry and circuit breaker.
 */
final class AttemptFailures {

	private AttemptFailures() {
	}

	static boolean isRetryable(Throwable failure) {
		return failure instanceof AttemptFailedException ex && ex.isRetryable();
	}

	static boolean countsAgainstServer(Throwable failure) {
		return failure instanceof TrialFailedException
				|| (failure instanceof AttemptFailedException ex && ex.countsAgainstServer());
	}

	/**
	 * Tells whether a failure is neither the server's nor an answer of it: a queue of our
	 * own that was too long, or a bug in the application's code. A refusal of what was
	 * asked for does speak, for a server that works.
	 */
	static boolean saysNothingAboutServer(Throwable failure) {
		return !countsAgainstServer(failure) && !wasAnswered(failure);
	}

	private static boolean wasAnswered(Throwable failure) {
		return PostgrestException.in(failure)
			.map(PostgrestException::error)
			.flatMap((error) -> error.status())
			.isPresent();
	}

}
