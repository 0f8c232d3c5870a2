package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;

import org.springframework.dao.TransientDataAccessResourceException;

/**
 * An operation was rejected by a rate limiter or a bulkhead, before anything was sent.
 */
public final class AdmissionRefusedException extends TransientDataAccessResourceException {

	/**
	 * What rejects operations.
	 */
	public enum Limiter {

		/** The rate limiter. */
		RATE_LIMITER,

		/** The bulkhead. */
		BULKHEAD

	}

	private static final long serialVersionUID = 1L;

	/** What has rejected the operation. */
	private final Limiter limiter;

	/** Whether the limit is that of one key. */
	private final boolean keyed;

	/** When to try again. */
	private final Duration retryAfter;

	AdmissionRefusedException(String message, Limiter limiter, boolean keyed, Duration retryAfter, Throwable cause) {
		super(message, cause);
		this.limiter = limiter;
		this.keyed = keyed;
		this.retryAfter = retryAfter;
	}

	/**
	 * Returns what has rejected the operation.
	 * @return the rate limiter or the bulkhead
	 */
	public Limiter limiter() {
		return this.limiter;
	}

	/**
	 * Returns whether the limit is that of the {@linkplain AdmissionKeyResolver key} of
	 * the operation.
	 * @return {@code false} if all operations without a key share it
	 */
	public boolean isKeyed() {
		return this.keyed;
	}

	/**
	 * Returns when another operation may be admitted.
	 * @return the refresh period of the rate limiter, or a second
	 */
	public Duration retryAfter() {
		return this.retryAfter;
	}

}
