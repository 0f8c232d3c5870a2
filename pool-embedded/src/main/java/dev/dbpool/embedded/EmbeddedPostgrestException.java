package dev.dbpool.embedded;

import org.jspecify.annotations.Nullable;

/**
 * A server could not be started or controlled. The message says what happened and what to
 * do about it, and holds no secret.
 */
public class EmbeddedPostgrestException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception without a cause.
	 * @param message what happened, and what to do
	 */
	public EmbeddedPostgrestException(String message) {
		super(message);
	}

	/**
	 * Creates an exception.
	 * @param message what happened, and what to do
	 * @param cause why, or {@code null}
	 */
	public EmbeddedPostgrestException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
