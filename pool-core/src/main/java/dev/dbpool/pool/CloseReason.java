package dev.dbpool.pool;

/**
 * Why a connection was closed.
 */
public enum CloseReason {

	/**
	 * It was idle for longer than the idle timeout, and more than the minimum were open.
	 */
	IDLE,

	/** It reached its maximum lifetime, or the other side announced its end. */
	EXPIRED,

	/** The other side closed it. */
	DISCONNECTED,

	/** The other side sent data that no request asked for. */
	UNEXPECTED_DATA,

	/** Its holder declared it broken. */
	INVALIDATED,

	/** It failed validation. */
	VALIDATION_FAILED,

	/** It could not be reset within the release timeout. */
	RESET_FAILED,

	/** An operator asked for it, or for a soft reset. */
	EVICTED,

	/** Its lease was revoked. */
	REVOKED,

	/** The pool was made smaller. */
	RESIZED,

	/** The pool was closed. */
	POOL_CLOSED

}
