package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The one word that a caller reads before it takes a free slot: how many callers wait,
 * whether the pool is suspended, and whether it is closed. It is open, for all to pass,
 * when it is zero. Volatile throughout: the order between a change of this word and of
 * the slots is what keeps a waiter from being forgotten, see {@link LeaseSlots}.
 */
final class PendingState extends SlotPadding {

	static final int MOST_WAITING = (1 << 28) - 1;

	private static final int OPEN = 0;

	private static final int WAITING = MOST_WAITING;

	private static final int SUSPENDED = 1 << 29;

	private static final int CLOSED = 1 << 30;

	private static final VarHandle WORD;

	static {
		try {
			WORD = MethodHandles.lookup().findVarHandle(PendingState.class, "word", int.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private volatile int word;

	boolean isOpen() {
		return this.word == OPEN;
	}

	/**
	 * Counts a caller in.
	 * @return how many waited before
	 */
	int arrive() {
		return (int) WORD.getAndAdd(this, 1) & WAITING;
	}

	/**
	 * Counts a caller out.
	 * @return how many wait now
	 */
	int leave() {
		return ((int) WORD.getAndAdd(this, -1) - 1) & WAITING;
	}

	int waiting() {
		return this.word & WAITING;
	}

	/**
	 * Returns whether a caller waits that may be served.
	 */
	boolean mayServe() {
		int current = this.word;
		return (current & WAITING) != 0 && (current & SUSPENDED) == 0;
	}

	boolean isSuspended() {
		return (this.word & SUSPENDED) != 0;
	}

	boolean isClosed() {
		return (this.word & CLOSED) != 0;
	}

	boolean suspend() {
		return ((int) WORD.getAndBitwiseOr(this, SUSPENDED) & SUSPENDED) == 0;
	}

	boolean resume() {
		return ((int) WORD.getAndBitwiseAnd(this, ~SUSPENDED) & SUSPENDED) != 0;
	}

	void close() {
		WORD.getAndBitwiseOr(this, CLOSED);
	}

}
