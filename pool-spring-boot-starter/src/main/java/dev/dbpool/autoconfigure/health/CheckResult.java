package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a check of the server found.
 *
 * @param at when it ended
 * @param took how long it took
 * @param verdict what it found
 * @param reason why, for people; without secrets
 * @param answered whether the answer was that of a server that works, even if it refuses
 * the request
 * @param retryAfter how long the server asked to wait
 */
record CheckResult(Instant at, Duration took, Verdict verdict, String reason, boolean answered,
		Optional<Duration> retryAfter) {

	/**
	 * What a check found.
	 */
	enum Verdict {

		/** The server answered as it should. */
		OK,

		/** The server is out of reach, or answered with an error. */
		FAILED

	}

	boolean is(Verdict verdict) {
		return this.verdict == verdict;
	}

}
