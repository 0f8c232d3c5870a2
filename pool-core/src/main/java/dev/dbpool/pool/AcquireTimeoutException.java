package dev.dbpool.pool;

import org.jspecify.annotations.Nullable;

/**
 * No connection became free in time. The message names the holders of the connections;
 * the cause is the last failure to open one, if none could be opened since.
 */
public final class AcquireTimeoutException extends PoolException {

	private static final long serialVersionUID = 1L;

	/** Whether the wait was shortened. */
	private final boolean shed;

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 */
	public AcquireTimeoutException(String message, @Nullable Throwable cause) {
		this(message, cause, false);
	}

	/**
	 * Creates an exception.
	 * @param message what happened, on which pool, and how to fix it
	 * @param cause why, if there is a cause
	 * @param shed whether the pool shortened the wait
	 */
	public AcquireTimeoutException(String message, @Nullable Throwable cause, boolean shed) {
		super(message, cause);
		this.shed = shed;
	}

	/**
	 * Returns whether the pool shortened the wait, since callers have waited without a
	 * pause for too long.
	 * @return {@code true} if the caller itself would have waited longer
	 * @see PoolOptions.QueueDiscipline#CODEL
	 */
	public boolean isShed() {
		return this.shed;
	}

}
