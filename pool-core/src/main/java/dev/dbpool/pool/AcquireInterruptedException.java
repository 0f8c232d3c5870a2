package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * A thread was interrupted while it waited for a connection. Its interrupt status is set.
 */
public final class AcquireInterruptedException extends PoolException {

	private static final long serialVersionUID = 1L;

	AcquireInterruptedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
