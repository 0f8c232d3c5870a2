package dev.dbpool.autoconfigure.resilience;

import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A probe of the server failed.
 */
public final class ProbeFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** How long the server asked to wait. */
	private final @Nullable Duration retryAfter;

	/**
	 * Creates an exception.
	 * @param message what the probe found
	 * @param retryAfter how long the server asked to wait, or {@code null}
	 */
	public ProbeFailedException(String message, @Nullable Duration retryAfter) {
		super(message, null, false, false);
		this.retryAfter = retryAfter;
	}

	Optional<Duration> retryAfter() {
		return Optional.ofNullable(this.retryAfter);
	}

}
