package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The pool is closed while a caller joins the queue.
 */
@JCStressTest
@Outcome(id = "none", expect = Expect.ACCEPTABLE, desc = "refused by one of the two")
@Outcome(expect = Expect.FORBIDDEN, desc = "waits indefinitely")
@State
public class CloseStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final SlotCallers callers = new SlotCallers(this.pool);

	@Actor
	public void acquire() {
		this.callers.acquire(1);
	}

	@Actor
	public void close() {
		this.pool.close();
	}

	@Arbiter
	public void rest(L_Result result) {
		this.callers.checkAtRest();
		result.r1 = this.held.isActive() ? this.callers.state(1) : "lost";
	}

}
