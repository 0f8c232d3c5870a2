package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * One thread releases while another joins the queue: in every order one of the two sees
 * the other. The holder has just written to memory that the other thread has written
 * before, so its writes reach memory late: a release that does not wait for them is seen
 * too late.
 */
@JCStressTest
@Outcome(id = "true, served", expect = Expect.ACCEPTABLE, desc = "the slot went to the one who came")
@Outcome(id = "true, waiting", expect = Expect.FORBIDDEN, desc = "lost wake-up")
@Outcome(expect = Expect.FORBIDDEN, desc = "anything else")
@State
public class ReleaseEnqueueStress {

	private static final int LINES = 16;

	private static final int WORDS_PER_LINE = 16;

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final PooledLease<Object> held = this.pool.slots.tryAcquire(SlotsUnderTest.OWNER);

	private final BlockingWaiter<Object> waiter = SlotsUnderTest.waiter(Parking.THREADS);

	private final long[] written = new long[LINES * WORDS_PER_LINE];

	@Actor
	public void release(LL_Result result) {
		for (int line = 0; line < LINES; line++) {
			this.written[line * WORDS_PER_LINE] = 1;
		}
		result.r1 = this.pool.release(this.held);
	}

	@Actor
	public void enqueue() {
		for (int line = 0; line < LINES; line++) {
			this.written[line * WORDS_PER_LINE] = 2;
		}
		this.pool.slots.enqueue(this.waiter);
	}

	@Arbiter
	public void rest(LL_Result result) {
		result.r2 = this.waiter.hasOutcome() ? "served" : "waiting";
	}

}
