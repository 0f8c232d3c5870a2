package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * The first of two waiters gives up while the slot is handed over: it goes to the first
 * if it came too late for that, else to the second.
 */
@JCStressTest
@Outcome(id = "cancelled, second", expect = Expect.ACCEPTABLE, desc = "gave up, the next one has it")
@Outcome(id = "too late, first", expect = Expect.ACCEPTABLE, desc = "came too late, and has it")
@Outcome(expect = Expect.FORBIDDEN, desc = "the slot is lost, or given twice")
@State
public class CancelHandOverStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final BlockingWaiter<Object> first = waiter();

	private final BlockingWaiter<Object> second = waiter();

	private BlockingWaiter<Object> waiter() {
		BlockingWaiter<Object> waiter = SlotsUnderTest.waiter(Parking.THREADS);
		this.pool.slots.enqueue(waiter);
		return waiter;
	}

	@Actor
	public void release() {
		this.pool.release(this.held);
	}

	@Actor
	public void cancel(LL_Result result) {
		result.r1 = this.pool.slots.queue.cancel(this.first) ? "cancelled" : "too late";
	}

	@Arbiter
	public void rest(LL_Result result) {
		boolean hasFirst = this.first.lease() != null;
		boolean hasSecond = this.second.lease() != null;
		result.r2 = (hasFirst && hasSecond) ? "both" : hasFirst ? "first" : hasSecond ? "second" : "none";
	}

}
