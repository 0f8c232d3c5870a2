package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * A slot is retired while it is released: it is out in the end, and the thread that
 * detached it says so once.
 */
@JCStressTest
@Outcome(id = "out, 0", expect = Expect.ACCEPTABLE, desc = "free first, then put out by who retired it")
@Outcome(id = "out, 1", expect = Expect.ACCEPTABLE, desc = "retired first, then put out by the release")
@Outcome(expect = Expect.FORBIDDEN, desc = "still in use, or put out twice")
@State
public class RetireStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	@Actor
	public void release() {
		this.pool.release(this.held);
	}

	@Actor
	public void retire() {
		this.pool.slot(0).retire();
	}

	@Arbiter
	public void rest(LI_Result result) {
		result.r1 = Slot.is(Slot.DETACHED, this.pool.slot(0).word()) ? "out" : "in use";
		result.r2 = this.pool.putOuts();
	}

}
