package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;

/**
 * Two threads release one lease while a caller waits: one release counts, and the lease
 * of the next one is not touched by the other.
 */
@JCStressTest
@Outcome(id = { "1, 0, active", "0, 1, active" }, expect = Expect.ACCEPTABLE, desc = "one of the two released")
@Outcome(expect = Expect.FORBIDDEN, desc = "released twice, or the next lease was hit")
@State
public class DoubleReleaseStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final BlockingWaiter<Object> next = SlotsUnderTest.waiter(Parking.THREADS);

	public DoubleReleaseStress() {
		this.pool.slots.enqueue(this.next);
	}

	@Actor
	public void release(IIL_Result result) {
		result.r1 = this.pool.release(this.held) ? 1 : 0;
	}

	@Actor
	public void releaseAgain(IIL_Result result) {
		result.r2 = this.pool.release(this.held) ? 1 : 0;
	}

	@Arbiter
	public void rest(IIL_Result result) {
		PooledLease<Object> lease = this.next.lease();
		result.r3 = (lease == null) ? "waiting" : lease.isActive() ? "active" : "ended";
	}

}
