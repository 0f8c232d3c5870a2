package dev.dbpool.pool.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Broken on purpose: "publish, then look at the other side" without a fence, which is the
 * release that misses a waiter. jcstress has to see both sides miss each other.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "both missed the other")
@Outcome(expect = Expect.ACCEPTABLE, desc = "one saw the other")
@State
public class CanaryStress {

	int free;

	int waiting;

	@Actor
	public void release(II_Result result) {
		this.free = 1;
		result.r1 = this.waiting;
	}

	@Actor
	public void enqueue(II_Result result) {
		this.waiting = 1;
		result.r2 = this.free;
	}

}
