package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * The pool is closed, or is draining before it closes.
 */
public final class PoolClosedException extends PoolException {

	private static final long serialVersionUID = 1L;

	PoolClosedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
