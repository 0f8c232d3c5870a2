package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.engine.PoolState.Demand;
import org.jspecify.annotations.Nullable;

/**
 * Acquires leases for blocking and asynchronous callers that found no slot free: they
 * join the queue of {@link LeaseSlots} and wait.
 *
 * @param <C> the type of connection
 */
final class LeaseAcquirer<C> {

	/**
	 * How often a platform thread yields before it parks, if it may be served in one
	 * round of releases. Parking a thread and waking it costs about as much.
	 */
	private static final int YIELDS = 3;

	private static final Duration LONG_WAIT = Duration.ofSeconds(1);

	private static final long LOOK_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

	/** What there is to give up once the callback was called. */
	static final Acquisition ENDED = () -> false;

	final PoolState<C> state;

	final CallbackTrampoline trampoline;

	final AcquireTimer<C> timer;

	private final Parking parking;

	private final LeaseSlots<C> slots;

	LeaseAcquirer(PoolState<C> state, Parking parking) {
		this.state = state;
		this.parking = parking;
		this.slots = state.slots;
		this.timer = new AcquireTimer<>(state.scheduler, this.slots);
		this.trampoline = new CallbackTrampoline(state.scheduler);
	}

	Lease<C> acquire(LeaseOwner owner, Duration timeout) {
		Duration patience = this.slots.queue.patience(timeout, this.state.scheduler);
		BlockingWaiter<C> waiter = new BlockingWaiter<>(owner, now(), patience, this.parking);
		PooledLease<C> lease = join(waiter);
		if (lease != null) {
			return lease;
		}
		boolean interrupted = awaitOrLeave(waiter);
		try {
			return outcome(waiter);
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	Acquisition acquire(LeaseOwner owner, Duration timeout, LeaseCallback<C> callback) {
		Duration patience = this.slots.queue.patience(timeout, this.state.scheduler);
		AsyncWaiter<C> waiter = new AsyncWaiter<>(this, owner, now(), patience, callback);
		PooledLease<C> lease;
		try {
			lease = join(waiter);
		}
		catch (PoolException ex) {
			AsyncWaiter.callBack(callback, ex);
			return ENDED;
		}
		if (lease != null) {
			lease.handTo(callback);
			return ENDED;
		}
		if (waiter.isWaiting()) {
			this.timer.watch(waiter);
		}
		return waiter;
	}

	/**
	 * Puts a caller into the queue, and sees to it that there will be a connection.
	 * @return a lease if it need not wait after all
	 * @throws PoolException if it may not wait
	 */
	private @Nullable PooledLease<C> join(Waiter<C> waiter) {
		if (mayWait(waiter.timeout) && this.slots.enqueue(waiter)) {
			grow(waiter);
			return null;
		}
		PooledLease<C> lease = acquireOrLeave(waiter.owner);
		if (lease == null) {
			PoolException cause = refusal(waiter.timeout);
			this.state.listener.onAcquireFailed(waiter.owner, cause);
			throw cause;
		}
		return lease;
	}

	private void grow(Waiter<C> waiter) {
		try {
			if (waiter.isWaiting() && this.state.couldOpenNow()) {
				this.state.demand(Demand.WAITERS);
			}
		}
		catch (Throwable ex) {
			if (this.slots.queue.cancel(waiter)) {
				throw ex;
			}
		}
	}

	private static boolean mayWait(Duration timeout) {
		return timeout.compareTo(Duration.ZERO) > 0;
	}

	/**
	 * Sees to it that there will be a connection for the next caller, if not for this
	 * one. Where others wait that is seen to already, and a caller who is one too many
	 * costs next to nothing.
	 */
	private @Nullable PooledLease<C> acquireOrLeave(LeaseOwner owner) {
		PooledLease<C> lease = this.slots.acquireOrLeave(owner);
		if (lease == null && this.slots.queue.oldestWait(now()).isEmpty()
				&& (this.state.couldOpenNow() || this.slots.isAnyFree())) {
			this.state.demand(Demand.NEXT_CALLER);
			return this.slots.acquireOrLeave(owner);
		}
		return lease;
	}

	private PoolException refusal(Duration timeout) {
		if (this.slots.queue.isClosed()) {
			return this.state.messages.closed();
		}
		if (!mayWait(timeout)) {
			this.state.timedOut.increment();
			return this.state.messages.timedOut(timeout);
		}
		this.state.rejected.increment();
		return this.state.messages.rejected();
	}

	/**
	 * Waits until the waiter has an outcome. Should that fail, the waiter leaves nothing
	 * behind.
	 */
	private boolean awaitOrLeave(BlockingWaiter<C> waiter) {
		try {
			return await(waiter);
		}
		catch (Throwable ex) {
			leave(waiter);
			throw ex;
		}
	}

	private void leave(BlockingWaiter<C> waiter) {
		if (this.slots.queue.cancel(waiter)) {
			return;
		}
		while (!waiter.hasOutcome()) {
			this.parking.yield();
		}
		PooledLease<C> lease = waiter.lease();
		if (lease != null) {
			lease.close();
		}
	}

	/**
	 * Waits until the waiter has an outcome.
	 * @return whether the thread was interrupted while it waited
	 */
	private boolean await(BlockingWaiter<C> waiter) {
		boolean interrupted = false;
		boolean checked = false;
		boolean isNext = waiter.ahead < this.slots.slots.length;
		int yields = (isNext && !this.parking.isCheap()) ? YIELDS : 0;
		while (!waiter.hasOutcome()) {
			long remaining = (checked ? waiter.deadline() : waiter.suspiciousAt()) - now();
			if (yields > 0 || !waiter.isWaiting()) {
				yields--;
				this.parking.yield();
			}
			else if (interrupted) {
				giveUp(waiter);
			}
			else if (remaining <= 0 && !checked) {
				checked = true;
				checkSelfDeadlock(waiter);
			}
			else if (remaining <= 0) {
				expire(waiter);
			}
			else {
				sleep(waiter, remaining, checked);
				interrupted = Thread.interrupted();
			}
		}
		return interrupted;
	}

	/**
	 * Sleeps, unless there is a reason to be awake. That is looked at after the alarm was
	 * set: a lock that is taken for that may use up the wake-up that came in between.
	 */
	private void sleep(BlockingWaiter<C> waiter, long nanos, boolean untilDeadline) {
		boolean reliesOnAlarm = false;
		if (waiter.timeout.compareTo(LONG_WAIT) >= 0 && this.parking.isCheap()) {
			waiter.sleepsUntilWoken(untilDeadline ? waiter.deadline() : nextLook(waiter.suspiciousAt()));
			reliesOnAlarm = this.timer.watch(waiter);
		}
		if (!waiter.isWaiting()) {
			return;
		}
		if (!reliesOnAlarm) {
			this.parking.park(this, nanos);
		}
		else if (waiter.alarmAt() - now() > 0) {
			this.parking.park(this);
		}
	}

	/**
	 * Returns the next of the times at which threads are woken to look whether they wait
	 * for themselves: together, so that the timer goes through the queue only so often.
	 */
	private static long nextLook(long time) {
		return time + LOOK_INTERVAL_NANOS - Math.floorMod(time, LOOK_INTERVAL_NANOS);
	}

	/**
	 * Looks whether a thread waits for a second lease while it holds one of a pool that
	 * is exhausted; not the one that it waits for, which it may have got in between.
	 * Looks at all slots, so only a caller does this that has waited for a while.
	 */
	private void checkSelfDeadlock(BlockingWaiter<C> waiter) {
		if (this.state.room) {
			return;
		}
		Arrays.stream(this.slots.slots)
			.filter((slot) -> slot.isHeldBy(waiter.thread()))
			.findFirst()
			.flatMap((slot) -> slot.lease(now()))
			.filter((held) -> waiter.isWaiting())
			.ifPresent((held) -> {
				this.state.listener.onSelfDeadlockRisk(held, waiter.owner);
				this.state.messages.warnOfSelfDeadlock(held, waiter.owner);
			});
	}

	private void giveUp(BlockingWaiter<C> waiter) {
		PoolException cause = this.state.messages.interrupted(waiter.owner);
		if (this.slots.queue.cancel(waiter)) {
			waiter.refuse(cause);
		}
	}

	void timeOut(AsyncWaiter<C> waiter) {
		if (expire(waiter)) {
			waiter.deliver();
		}
	}

	/**
	 * Ends the wait of a caller whose time is over. No other thread notifies it, so it
	 * gets one even if that cannot be explained.
	 */
	private boolean expire(Waiter<C> waiter) {
		if (!this.slots.queue.expire(waiter)) {
			return false;
		}
		boolean shed = this.slots.queue.hasShortened(waiter);
		AcquireTimeoutException cause;
		try {
			cause = shed ? this.state.messages.shed(waiter.timeout) : this.state.messages.timedOut(waiter.timeout);
		}
		catch (Throwable ex) {
			cause = new AcquireTimeoutException("the pool had no connection free in time", ex);
		}
		waiter.refuse(cause);
		this.state.timedOut.increment();
		if (shed) {
			this.state.shed.increment();
		}
		this.state.listener.onAcquireFailed(waiter.owner, cause);
		return true;
	}

	private Lease<C> outcome(BlockingWaiter<C> waiter) {
		PoolException failure = waiter.failure();
		if (failure != null) {
			throw failure;
		}
		notifyAcquired(waiter);
		return Objects.requireNonNull(waiter.lease());
	}

	/**
	 * Counts how long a caller has waited, by the clock that its arrival was read from.
	 */
	void notifyAcquired(Waiter<C> waiter) {
		long now = now();
		long waited = Math.max(0, now - waiter.since);
		this.state.waitedNanos.add(waited);
		if (this.slots.observed) {
			this.state.listener.onLeaseAcquired(waiter.owner, Duration.ofNanos(waited));
		}
	}

	private long now() {
		return this.state.now();
	}

}
