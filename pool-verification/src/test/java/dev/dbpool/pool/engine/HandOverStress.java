package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A releaser hands its slot to a waiter, which sees what the former holder wrote to the
 * connection, without a fence of its own.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not served yet")
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "served, and the past of the connection with it")
@Outcome(expect = Expect.FORBIDDEN, desc = "served without the past of the connection")
@State
public class HandOverStress {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final BlockingWaiter<Object> waiter = SlotsUnderTest.waiter(Parking.THREADS);

	private int writtenByHolder;

	public HandOverStress() {
		this.pool.slots.enqueue(this.waiter);
	}

	@Actor
	public void release() {
		this.writtenByHolder = 2;
		this.pool.release(this.held);
	}

	@Actor
	public void take(II_Result result) {
		PooledLease<Object> lease = this.waiter.lease();
		if (lease != null && lease.isActive()) {
			result.r1 = 1;
			result.r2 = this.writtenByHolder;
		}
	}

}
