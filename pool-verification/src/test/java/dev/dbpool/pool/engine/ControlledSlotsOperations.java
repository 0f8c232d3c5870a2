package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Two slots under an operator who suspends, resumes, retires, revokes and closes, for
 * Lincheck. A release on its way may still serve a caller while the pool is suspended or
 * closed, so the order of the results is free; what counts is that all is well in the
 * end.
 */
@Param(name = "caller", gen = ThreadIdGen.class)
@Param(name = "other", gen = IntGen.class, conf = "1:3")
@Param(name = "slot", gen = IntGen.class, conf = "0:1")
public class ControlledSlotsOperations {

	private final SlotsUnderTest pool = new SlotsUnderTest(2);

	private final SlotCallers callers = new SlotCallers(this.pool);

	@Operation
	public void acquire(@Param(name = "caller") int caller) {
		this.callers.acquire(caller);
	}

	@Operation
	public void release(@Param(name = "caller") int caller) {
		this.callers.release(caller);
	}

	@Operation
	public void cancel(@Param(name = "caller") int caller) {
		this.callers.cancel(caller);
	}

	@Operation
	public void fallAsleep(@Param(name = "caller") int caller) {
		this.callers.fallAsleep(caller);
	}

	@Operation
	public void expire(@Param(name = "other") int other) {
		this.callers.expire(other);
	}

	@Operation
	public void revoke(@Param(name = "slot") int slot) {
		this.pool.revoke(slot);
	}

	@Operation
	public void retire(@Param(name = "slot") int slot) {
		this.pool.slot(slot).retire();
	}

	@Operation
	public void reopen() {
		this.pool.reopen();
	}

	@Operation
	public void suspend() {
		this.pool.slots.queue.suspend();
	}

	@Operation
	public void resume() {
		this.pool.slots.resume();
	}

	@Operation
	public void close() {
		this.pool.close();
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
