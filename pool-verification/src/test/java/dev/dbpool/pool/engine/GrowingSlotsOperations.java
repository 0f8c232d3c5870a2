package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * A pool that is resized from one slot to two while callers come and go, for Lincheck:
 * each result has to be one that {@link SequentialSlots} could have given in some order.
 * A caller looks at what it has when no other thread is about to serve.
 */
@Param(name = "caller", gen = ThreadIdGen.class)
public class GrowingSlotsOperations {

	private final SlotsUnderTest pool = new SlotsUnderTest(1);

	private final SlotCallers callers = new SlotCallers(this.pool);

	@Operation
	public boolean acquire(@Param(name = "caller") int caller) {
		return this.callers.acquire(caller);
	}

	@Operation
	public String state(@Param(name = "caller") int caller) {
		this.callers.settle(caller);
		return this.callers.state(caller);
	}

	@Operation
	public boolean release(@Param(name = "caller") int caller) {
		this.callers.settle(caller);
		return this.callers.release(caller);
	}

	@Operation
	public boolean cancel(@Param(name = "caller") int caller) {
		this.callers.settle(caller);
		return this.callers.cancel(caller);
	}

	@Operation
	public boolean grow() {
		return this.pool.grow(2);
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
