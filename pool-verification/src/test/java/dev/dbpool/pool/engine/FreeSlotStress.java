package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Who acquires a slot that was just freed sees what the former holder wrote to the
 * connection.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not free yet")
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "leased, and the past of the connection with it")
@Outcome(expect = Expect.FORBIDDEN, desc = "leased without the past of the connection")
@State
public class FreeSlotStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private int writtenByHolder;

	@Actor
	public void release() {
		this.writtenByHolder = 2;
		this.pool.release(this.held);
	}

	@Actor
	public void acquire(II_Result result) {
		if (this.pool.slots.tryAcquire(SlotsUnderTest.OWNER) != null) {
			result.r1 = 1;
			result.r2 = this.writtenByHolder;
		}
	}

}
