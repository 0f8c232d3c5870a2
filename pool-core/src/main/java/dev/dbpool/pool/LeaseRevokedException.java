package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * A lease was used after the pool took it back, because it was held for longer than the
 * leak detection timeout, an operator revoked it, or the pool was closed.
 */
public final class LeaseRevokedException extends PoolException {

	private static final long serialVersionUID = 1L;

	LeaseRevokedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
