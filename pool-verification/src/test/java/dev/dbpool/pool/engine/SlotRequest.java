package dev.dbpool.pool.engine;

/**
 * One caller of {@link SlotsUnderTest}, as the blocking and the asynchronous callers of
 * the pool are in the end: it takes a free slot or joins the queue, may fall asleep, and
 * has an outcome.
 */
final class SlotRequest implements Parking {

	private final SlotsUnderTest pool;

	private PooledLease<Object> taken;

	private BlockingWaiter<Object> waiter;

	private boolean asleep;

	private volatile boolean woken;

	SlotRequest(SlotsUnderTest pool) {
		this.pool = pool;
	}

	/**
	 * Takes a free slot or joins the queue.
	 * @return whether the caller was let in
	 */
	boolean start() {
		this.taken = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);
		if (this.taken != null) {
			return true;
		}
		this.waiter = SlotsUnderTest.waiter(this);
		boolean letIn = this.pool.slots.enqueue(this.waiter);
		if (!letIn) {
			this.waiter = null;
		}
		return letIn;
	}

	boolean isWaiting() {
		return this.waiter != null && this.waiter.isWaiting();
	}

	void fallAsleep() {
		if (this.waiter != null) {
			this.asleep = this.waiter.isWaiting();
		}
	}

	boolean sleepsOn() {
		return this.asleep && this.waiter.hasOutcome() && !this.woken;
	}

	boolean cancel() {
		return this.waiter != null && this.pool.slots.queue.cancel(this.waiter);
	}

	boolean expire() {
		return this.waiter != null && this.pool.refuse(this.waiter);
	}

	/**
	 * Returns the lease, once the caller waits no longer.
	 */
	PooledLease<Object> lease() {
		if (this.waiter == null) {
			return this.taken;
		}
		while (!this.waiter.hasOutcome()) {
			Thread.onSpinWait();
		}
		return this.waiter.lease();
	}

	@Override
	public void yield() {
	}

	@Override
	public boolean isCheap() {
		return false;
	}

	@Override
	public void park(Object blocker, long nanos) {
	}

	@Override
	public void park(Object blocker) {
	}

	@Override
	public void unpark(Thread thread) {
		this.woken = true;
	}

}
