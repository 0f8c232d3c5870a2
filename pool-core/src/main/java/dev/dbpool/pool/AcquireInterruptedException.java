package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * A thread was interrupted while it waited for a connection. Its interrupt status is set.
 */
public final class AcquireInterruptedException extends PoolException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public AcquireInterruptedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
