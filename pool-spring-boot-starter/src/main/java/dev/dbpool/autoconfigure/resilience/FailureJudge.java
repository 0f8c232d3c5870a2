package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.client.AttemptFailedException;

/**
 * Decides which failures of a server the circuit breaker counts, so that it judges the
 * server and not one event or one statement:
 * <ul>
 * <li>An attempt counts only if it began after the last counted failure was observed.
 * Whatever was in flight when one event happened counts once.</li>
 * <li>A timeout counts only if no other exchange was answered while the attempt
 * waited.</li>
 * <li>Where only failures in a row open the breaker, a failure counts only if no exchange
 * was answered for a second.</li>
 * </ul>
 * Times are those of one monotonic clock, in nanoseconds. Safe for use from any thread.
 */
final class FailureJudge {

	static final Duration QUIET = Duration.ofSeconds(1);

	private final boolean inARow;

	private final AtomicLong lastCounted;

	private volatile long lastAnswer;

	/**
	 * Creates a judge.
	 * @param inARow whether only failures in a row open the breaker
	 * @param now the time
	 */
	FailureJudge(boolean inARow, long now) {
		this.inARow = inARow;
		this.lastCounted = new AtomicLong(now);
		this.lastAnswer = now - QUIET.toNanos();
	}

	/**
	 * Notes that an exchange was answered as by a server that works.
	 */
	void answered(long now) {
		this.lastAnswer = now;
	}

	/**
	 * Returns when an exchange was answered last.
	 */
	long lastAnswer() {
		return this.lastAnswer;
	}

	/**
	 * Decides on a failure that speaks against the server.
	 * @param failure the failure
	 * @param begun when the attempt began
	 * @param now when its failure was observed
	 * @return whether it counts
	 */
	boolean counts(AttemptFailedException failure, long begun, long now) {
		long counted = this.lastCounted.get();
		long answer = this.lastAnswer;
		if (begun - counted < 0 || (failure.isTimeout() && answer - begun >= 0)
				|| (this.inARow && now - answer < QUIET.toNanos())) {
			return false;
		}
		return this.lastCounted.compareAndSet(counted, now);
	}

}
