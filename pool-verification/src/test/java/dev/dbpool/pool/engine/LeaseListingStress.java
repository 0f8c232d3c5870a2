package dev.dbpool.pool.engine;

import dev.dbpool.pool.LeaseOwner;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A slot is leased to its second owner while another thread lists the leases: a lease is
 * listed with its own owner or not yet.
 */
@JCStressTest
@Outcome(id = { "no lease", "second" }, expect = Expect.ACCEPTABLE, desc = "not yet, or with its owner")
@Outcome(expect = Expect.FORBIDDEN, desc = "with the owner before")
@State
public class LeaseListingStress {

	private static final LeaseOwner SECOND = LeaseOwner.of("second");

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	public LeaseListingStress() {
		this.pool.release(this.pool.slots.tryAcquire(LeaseOwner.of("first")));
	}

	@Actor
	public void acquire() {
		this.pool.slots.tryAcquire(SECOND);
	}

	@Actor
	public void list(L_Result result) {
		result.r1 = this.pool.slot(0).lease(0).map((lease) -> lease.owner().operation()).orElse("no lease");
	}

}
