package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;

import org.springframework.dao.TransientDataAccessResourceException;

/**
 * An operation was rejected by the circuit breaker, before anything was sent.
 */
public final class CircuitBreakerOpenException extends TransientDataAccessResourceException {

	private static final long serialVersionUID = 1L;

	/** How long the breaker stays open. */
	private final Duration retryAfter;

	CircuitBreakerOpenException(String message, Duration retryAfter, CallNotPermittedException cause) {
		super(message, cause);
		this.retryAfter = retryAfter;
	}

	/**
	 * Returns how long the breaker will reject operations.
	 * @return the time from the rejection; at least a second, also where it is not known
	 */
	public Duration retryAfter() {
		return this.retryAfter;
	}

}
