package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * A lease was used after the pool took it back, because it was held for longer than the
 * leak detection timeout, an operator revoked it, or the pool was closed.
 */
public final class LeaseRevokedException extends PoolException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public LeaseRevokedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
