package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * The pool is closed, or is draining before it closes.
 */
public final class PoolClosedException extends PoolException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public PoolClosedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
