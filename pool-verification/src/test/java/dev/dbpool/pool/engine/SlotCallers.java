package dev.dbpool.pool.engine;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The callers of {@link SlotsUnderTest}, one for each thread of a scenario.
 */
final class SlotCallers {

	private final SlotsUnderTest pool;

	private final AtomicReferenceArray<SlotRequest> requests = new AtomicReferenceArray<>(8);

	SlotCallers(SlotsUnderTest pool) {
		this.pool = pool;
	}

	/**
	 * Returns whether the caller came in; not if it is in already.
	 */
	boolean acquire(int caller) {
		if (!state(caller).equals("none")) {
			return false;
		}
		SlotRequest request = new SlotRequest(this.pool);
		boolean letIn = request.start();
		this.requests.set(caller, request);
		return letIn;
	}

	/**
	 * Returns when the caller is not in the queue, or no slot is free, or claimed by a
	 * thread that is about to serve. Threads that serve at the same time share slots and
	 * queue: one may give its slot to the caller for whom another thread has claimed one,
	 * and that thread then serves the next caller.
	 */
	void settle(int caller) {
		SlotRequest request = this.requests.get(caller);
		while (request != null && request.isWaiting() && this.pool.isAnyAvailable()) {
			Thread.onSpinWait();
		}
	}

	String state(int caller) {
		SlotRequest request = this.requests.get(caller);
		if (request == null) {
			return "none";
		}
		if (request.isWaiting()) {
			return "waiting";
		}
		PooledLease<Object> lease = request.lease();
		return (lease != null && lease.isActive()) ? "leased" : "none";
	}

	boolean release(int caller) {
		SlotRequest request = this.requests.get(caller);
		if (request == null || request.isWaiting()) {
			return false;
		}
		PooledLease<Object> lease = request.lease();
		return lease != null && this.pool.release(lease);
	}

	boolean cancel(int caller) {
		SlotRequest request = this.requests.get(caller);
		if (request == null || !request.cancel()) {
			return false;
		}
		this.requests.set(caller, null);
		return true;
	}

	void fallAsleep(int caller) {
		SlotRequest request = this.requests.get(caller);
		if (request != null) {
			request.fallAsleep();
		}
	}

	boolean expire(int caller) {
		SlotRequest request = this.requests.get(caller);
		return request != null && request.expire();
	}

	/**
	 * Holds whenever no caller is on its way: a caller that waits has a reason to, one
	 * that was served is awake, no slot is lost, and the number of waiters is right.
	 */
	void checkAtRest() {
		int waiting = 0;
		for (int caller = 0; caller < this.requests.length(); caller++) {
			SlotRequest request = this.requests.get(caller);
			if (request != null && request.isWaiting()) {
				waiting++;
			}
			check(request == null || !request.sleepsOn(), "a caller has its outcome and sleeps on");
		}
		check(waiting == 0 || !this.pool.hasSlot(Slot.FREE) || this.pool.slots.queue.isSuspended(),
				"a caller waits while a slot is free");
		check(waiting == 0 || !this.pool.slots.queue.isClosed(), "a caller waits after close");
		check(waiting == this.pool.slots.queue.waiting(), "the number of waiters is wrong");
		check(!this.pool.hasSlot(Slot.CLAIMED), "a slot is claimed by no caller");
	}

	private static void check(boolean holds, String violation) {
		if (!holds) {
			throw new IllegalStateException(violation);
		}
	}

}
