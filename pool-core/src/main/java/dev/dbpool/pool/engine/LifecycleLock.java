package dev.dbpool.pool.engine;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes the steps of a life cycle, one at a time. A step decides under the lock, and
 * leaves what is not ours to run there (connector, listener, callbacks) to
 * {@link DeferredActions}, which run after it. Before the lock is released the step is
 * settled: what it has found to be missing is seen to.
 * <p>
 * Callers that come while there is no room rely on being seen by the step that makes
 * some: it looks for them once the room can be seen. What a step has decided is done even
 * if it fails then.
 *
 * @param <C> the type of connection
 */
final class LifecycleLock<C> {

	private final ReentrantLock lock = new ReentrantLock();

	private final PoolState<C> state;

	private final Consumer<DeferredActions> settlement;

	private volatile boolean room;

	/** Whether a connection could be opened at the end of the last step. */
	private volatile boolean couldOpen;

	LifecycleLock(PoolState<C> state, Consumer<DeferredActions> settlement) {
		this.state = state;
		this.settlement = settlement;
	}

	/**
	 * Returns whether another connection may be opened, once failures allow it, as of the
	 * last step.
	 */
	boolean hasRoom() {
		return this.room;
	}

	/**
	 * Returns whether a step now could open a connection. While it could not, since
	 * connections cannot be opened, callers have no reason to take the lock: the timer at
	 * the end of the back-off sees to them.
	 */
	boolean mayOpen() {
		return this.room && this.state.mayRetry();
	}

	/**
	 * Opens connections for waiters: at the end of the step that this thread makes, or
	 * else now.
	 */
	void grow() {
		if (this.lock.isHeldByCurrentThread()) {
			this.state.demand.forWaiters();
		}
		else {
			run((deferred) -> this.state.demand.forWaiters());
		}
	}

	void run(Consumer<DeferredActions> step) {
		call((deferred) -> {
			step.accept(deferred);
			return true;
		});
	}

	<R> R call(Function<DeferredActions, R> step) {
		DeferredActions deferred = new DeferredActions();
		boolean roomMade = false;
		try {
			this.lock.lock();
			try {
				R result = step.apply(deferred);
				this.settlement.accept(deferred);
				return result;
			}
			finally {
				boolean canOpen = this.state.mayOpen();
				roomMade = canOpen && !this.couldOpen;
				this.couldOpen = canOpen;
				this.room = this.state.hasRoom();
				this.lock.unlock();
			}
		}
		finally {
			deferred.run();
			if (roomMade && this.state.slots.waiting() > 0) {
				grow();
			}
		}
	}

}
