package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;

/**
 * A lease is revoked and its slot put back into use for a waiter, while the old holder
 * releases late: one of the two ends the lease, and the new one is not touched.
 */
@JCStressTest
@Outcome(id = { "1, 0, active", "0, 1, active" }, expect = Expect.ACCEPTABLE, desc = "one ended it, the next has it")
@Outcome(expect = Expect.FORBIDDEN, desc = "ended twice, or the next lease was hit")
@State
public class RevokeStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final BlockingWaiter<Object> waiter = SlotsUnderTest.waiter(Parking.THREADS);

	public RevokeStress() {
		this.pool.slots.enqueue(this.waiter);
	}

	@Actor
	public void release(IIL_Result result) {
		result.r1 = this.pool.release(this.held) ? 1 : 0;
	}

	@Actor
	public void revoke(IIL_Result result) {
		if (this.pool.slots.revoke(this.pool.slot(0), Slot.ticketOf(this.held.id()))) {
			result.r2 = 1;
			this.pool.reopen();
		}
	}

	@Arbiter
	public void rest(IIL_Result result) {
		PooledLease<Object> next = this.waiter.lease();
		result.r3 = (next == null) ? "waiting" : next.isActive() ? "active" : "ended";
	}

}
