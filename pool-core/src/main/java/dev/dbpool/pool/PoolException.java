package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * A pool could not do what it was asked for. Nothing was sent to a server for a caller
 * that gets this from an acquisition.
 */
public abstract sealed class PoolException extends RuntimeException permits AcquireTimeoutException,
		AcquireRejectedException, AcquireInterruptedException, PoolClosedException, LeaseRevokedException {

	private static final long serialVersionUID = 1L;

	PoolException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
