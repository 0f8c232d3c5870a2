package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;

import org.springframework.dao.TransientDataAccessResourceException;

/**
 * An operation was not sent, since the server limits the rate of its requests (429) and
 * asked for a longer wait than the operation may take.
 */
public final class RateLimitedException extends TransientDataAccessResourceException {

	private static final long serialVersionUID = 1L;

	/** How long the server asked to wait. */
	private final Duration retryAfter;

	RateLimitedException(String message, Duration retryAfter) {
		super(message);
		this.retryAfter = retryAfter;
	}

	/**
	 * Returns how long the operation is held back.
	 * @return the time from the rejection
	 */
	public Duration retryAfter() {
		return this.retryAfter;
	}

}
