package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * One slot and all that can happen to it, for Lincheck: each result has to be one that
 * {@link SequentialSlot} could have given in some order.
 */
@Param(name = "caller", gen = ThreadIdGen.class)
@Param(name = "other", gen = IntGen.class, conf = "1:3")
public class OneSlotOperations {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final SlotCallers callers = new SlotCallers(this.pool);

	@Operation
	public boolean acquire(@Param(name = "caller") int caller) {
		return this.callers.acquire(caller);
	}

	@Operation
	public String state(@Param(name = "caller") int caller) {
		return this.callers.state(caller);
	}

	@Operation
	public boolean release(@Param(name = "caller") int caller) {
		return this.callers.release(caller);
	}

	@Operation
	public boolean cancel(@Param(name = "caller") int caller) {
		return this.callers.cancel(caller);
	}

	@Operation
	public void fallAsleep(@Param(name = "caller") int caller) {
		this.callers.fallAsleep(caller);
	}

	@Operation
	public boolean expire(@Param(name = "other") int other) {
		return this.callers.expire(other);
	}

	@Operation
	public boolean revoke() {
		return this.pool.revoke(0);
	}

	@Operation
	public void retire() {
		this.pool.slot(0).retire();
	}

	@Operation
	public boolean reopen() {
		return this.pool.reopen();
	}

	@Operation
	public void look() {
		this.pool.look();
	}

	@Validate
	public void noWaiterIsForgotten() {
		this.callers.checkAtRest();
	}

}
