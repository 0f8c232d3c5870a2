package dev.dbpool.pool;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes the steps of a life cycle, one at a time. A step decides under the lock, and
 * leaves what is not ours to run there (connector, listener, callbacks) to
 * {@link Effects}, which run after it. Before the lock is released the step is settled:
 * what it has found to be missing is seen to.
 * <p>
 * Those who come while there is no room rely on being seen by the step that makes some:
 * it looks for them once the room can be seen. What a step has decided is done even if it
 * fails then.
 *
 * @param <C> the type of connection
 */
final class LifecycleSteps<C> {

	private final ReentrantLock lock = new ReentrantLock();

	private final PoolState<C> state;

	private final Consumer<Effects> settlement;

	private volatile boolean room;

	LifecycleSteps(PoolState<C> state, Consumer<Effects> settlement) {
		this.state = state;
		this.settlement = settlement;
	}

	/**
	 * Tells whether another connection may be opened, as of the last step.
	 */
	boolean hasRoom() {
		return this.room;
	}

	/**
	 * Gets connections for those who wait: at the end of the step that this thread makes,
	 * or else now.
	 */
	void grow() {
		if (this.lock.isHeldByCurrentThread()) {
			this.state.demand.forWaiters();
		}
		else {
			make((effects) -> this.state.demand.forWaiters());
		}
	}

	void make(Consumer<Effects> step) {
		makeAndGet((effects) -> {
			step.accept(effects);
			return true;
		});
	}

	<R> R makeAndGet(Function<Effects, R> step) {
		Effects effects = new Effects();
		boolean roomMade = false;
		try {
			this.lock.lock();
			try {
				R result = step.apply(effects);
				this.settlement.accept(effects);
				return result;
			}
			finally {
				roomMade = !this.room && this.state.hasRoom();
				this.room = this.state.hasRoom();
				this.lock.unlock();
			}
		}
		finally {
			effects.run();
			if (roomMade && this.state.slots.waiting() > 0) {
				grow();
			}
		}
	}

}
