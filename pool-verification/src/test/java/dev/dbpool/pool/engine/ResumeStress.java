package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A suspended pool with a waiter is resumed while a slot is released.
 */
@JCStressTest
@Outcome(id = "leased", expect = Expect.ACCEPTABLE, desc = "served by one of the two")
@Outcome(expect = Expect.FORBIDDEN, desc = "forgotten")
@State
public class ResumeStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final SlotCallers callers = new SlotCallers(this.pool);

	public ResumeStress() {
		this.pool.slots.queue.suspend();
		this.callers.acquire(1);
	}

	@Actor
	public void release() {
		this.pool.release(this.held);
	}

	@Actor
	public void resume() {
		this.pool.slots.resume();
	}

	@Arbiter
	public void rest(L_Result result) {
		this.callers.checkAtRest();
		result.r1 = this.callers.state(1);
	}

}
