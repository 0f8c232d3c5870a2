package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * No connection became free in time. The message names the holders of the connections;
 * the cause is the last failure to open one, if none could be opened since.
 */
public final class AcquireTimeoutException extends PoolException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public AcquireTimeoutException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
