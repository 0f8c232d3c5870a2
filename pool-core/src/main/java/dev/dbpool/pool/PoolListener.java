package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;

import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.PoolOptions.LeakAction;

/**
 * Listener for the life of connections and leases. Called, outside of any lock, on the
 * thread of the caller concerned or the one that made the step. The end of a lease is
 * notified when its connection is free for others already, so no caller waits for a
 * listener of another. Implementations are quick and do not block; what they throw is
 * logged and otherwise ignored. A pool whose listener does not
 * {@linkplain #listensToLeases() listen to leases} reads no clock for a lease, if it has
 * {@link ConnectionChoice#HOTTEST} and validates after a second of idling or later.
 */
public interface PoolListener {

	/**
	 * A listener that does nothing.
	 */
	PoolListener NONE = new PoolListeners(List.of());

	/**
	 * Makes one listener of several. Each is notified, even if another one fails: what
	 * they throw is logged and otherwise ignored.
	 * @param listeners the listeners, in the order in which they are notified
	 * @return a listener that passes everything on to them, or {@link #NONE} if there are
	 * none
	 */
	static PoolListener all(List<? extends PoolListener> listeners) {
		List<? extends PoolListener> some = listeners.stream().filter((listener) -> listener != NONE).toList();
		return some.isEmpty() ? NONE : new PoolListeners(some);
	}

	/**
	 * Returns whether this listener is to be notified of the beginning and the end of
	 * each lease. One that is not costs a lease nothing. The answer does not change.
	 * @return {@code true} unless overridden
	 */
	default boolean listensToLeases() {
		return true;
	}

	/**
	 * A connection was opened.
	 * @param connectionId its number
	 * @param took the time from the attempt to the open connection
	 */
	default void onConnectionOpened(long connectionId, Duration took) {
	}

	/**
	 * A connection could not be opened. The pool tries again after a back-off. A pool
	 * that is being closed needs no connection, and does not report this.
	 * @param cause why
	 * @param consecutiveFailures how many attempts in a row failed
	 */
	default void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
	}

	/**
	 * A connection was closed.
	 * @param connectionId its number
	 * @param reason why
	 */
	default void onConnectionClosed(long connectionId, CloseReason reason) {
	}

	/**
	 * A lease was acquired.
	 * @param owner who holds it
	 * @param waited the time from the request to the lease
	 */
	default void onLeaseAcquired(LeaseOwner owner, Duration waited) {
	}

	/**
	 * A lease ended.
	 * @param owner who held it
	 * @param held for how long
	 */
	default void onLeaseReleased(LeaseOwner owner, Duration held) {
	}

	/**
	 * A lease is held for longer than the leak detection timeout. Notified once for each
	 * lease.
	 * @param lease the lease
	 * @param action what the pool does about it
	 */
	default void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
	}

	/**
	 * A thread waits for a lease while it holds one already, and no connection is left to
	 * be opened: if all holders do that, none is ever served.
	 * @param held the lease that the thread holds
	 * @param waiting who waits
	 */
	default void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
	}

	/**
	 * A caller got no lease: it timed out, was rejected, or the pool was closed.
	 * Cancellation is not reported.
	 * @param owner who asked
	 * @param cause why
	 */
	default void onAcquireFailed(LeaseOwner owner, PoolException cause) {
	}

}
