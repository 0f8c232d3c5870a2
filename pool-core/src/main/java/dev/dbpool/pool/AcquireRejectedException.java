package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * The queue in front of the pool is full, so that waiting was refused.
 */
public final class AcquireRejectedException extends PoolException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public AcquireRejectedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
