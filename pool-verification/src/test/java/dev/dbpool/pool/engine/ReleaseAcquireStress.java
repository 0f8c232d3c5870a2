package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * One thread releases while another acquires as callers do: a free slot if there is one,
 * else the queue. It gets the slot in every order.
 */
@JCStressTest
@Outcome(id = "leased", expect = Expect.ACCEPTABLE, desc = "the slot")
@Outcome(expect = Expect.FORBIDDEN, desc = "forgotten")
@State
public class ReleaseAcquireStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final SlotCallers callers = new SlotCallers(this.pool);

	@Actor
	public void release() {
		this.pool.release(this.held);
	}

	@Actor
	public void acquire() {
		this.callers.acquire(1);
	}

	@Arbiter
	public void rest(L_Result result) {
		this.callers.checkAtRest();
		result.r1 = this.callers.state(1);
	}

}
