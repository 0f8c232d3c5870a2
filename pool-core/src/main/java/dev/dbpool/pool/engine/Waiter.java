package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;

import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;

/**
 * A caller in the queue. It leaves the queue once, {@code WAITING -> OUT}: selected by
 * the thread that then sets its outcome and delivers it, or cancelled by the caller
 * itself.
 *
 * @param <C> the type of connection
 */
abstract sealed class Waiter<C> permits BlockingWaiter, AsyncWaiter {

	private static final int WAITING = 0;

	private static final int OUT = 1;

	private static final VarHandle STATE = LeaseSlots.handle(MethodHandles.lookup(), "state", int.class);

	private static final VarHandle OUTCOME = LeaseSlots.handle(MethodHandles.lookup(), "outcome", Object.class);

	final LeaseOwner owner;

	/**
	 * The thread that asks, until there is an outcome. After that a subclass may keep
	 * another one here, since waiters are many and their memory counts.
	 */
	@Nullable Thread thread = Thread.currentThread();

	final long since;

	final Duration timeout;

	private volatile int state;

	/** A {@link PooledLease}, or a {@link PoolException}. */
	private volatile @Nullable Object outcome;

	Waiter(LeaseOwner owner, long since, Duration timeout) {
		this.owner = owner;
		this.since = since;
		this.timeout = timeout;
	}

	/**
	 * Returns the thread that asks, if there is no outcome yet.
	 */
	Thread thread() {
		return Objects.requireNonNull(this.thread);
	}

	long deadline() {
		return this.since + Math.min(PoolScheduler.nanos(this.timeout), Long.MAX_VALUE / 2);
	}

	/**
	 * Returns when {@link AcquireTimer} is to notify this waiter.
	 */
	long alarmAt() {
		return deadline();
	}

	/**
	 * Returns whether {@link AcquireTimer} has to notify this waiter.
	 */
	boolean needsAlarm() {
		return true;
	}

	/**
	 * Notifies this waiter that it is {@link #alarmAt() time}.
	 */
	abstract void alarm();

	boolean isWaiting() {
		return this.state == WAITING;
	}

	/**
	 * Takes the waiter out of the wait.
	 * @return whether it still waited
	 */
	boolean takeOut() {
		return STATE.compareAndSet(this, WAITING, OUT);
	}

	void serve(PooledLease<C> granted) {
		this.outcome = granted;
	}

	void refuse(PoolException cause) {
		this.outcome = cause;
	}

	@SuppressWarnings("unchecked")
	@Nullable PooledLease<C> lease() {
		return (this.outcome instanceof PooledLease<?> lease) ? (PooledLease<C>) lease : null;
	}

	@Nullable PoolException failure() {
		return (this.outcome instanceof PoolException failure) ? failure : null;
	}

	/**
	 * Returns the outcome to the first who asks for it.
	 */
	@Nullable Object takeOutcome() {
		return OUTCOME.getAndSet(this, null);
	}

	boolean hasOutcome() {
		return this.outcome != null;
	}

	/**
	 * Notifies the caller of its outcome. Foreign code may run: never under a lock.
	 */
	abstract void deliver();

}
