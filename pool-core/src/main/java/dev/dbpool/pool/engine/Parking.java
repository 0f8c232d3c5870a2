package dev.dbpool.pool.engine;

import java.util.concurrent.locks.LockSupport;

import dev.dbpool.pool.PoolScheduler;

/**
 * How a thread waits. Replaceable, so that tests can decide who runs when.
 */
interface Parking {

	/**
	 * Parks threads of the JVM.
	 */
	Parking THREADS = new Parking() {

		@Override
		public boolean mayYield() {
			return !VirtualThreads.isVirtual(Thread.currentThread());
		}

		@Override
		public void yield() {
			Thread.yield();
		}

		@Override
		public boolean mayRelyOn(PoolScheduler alarms) {
			return alarms == SharedPoolScheduler.INSTANCE && VirtualThreads.isVirtual(Thread.currentThread());
		}

		@Override
		public void park(Object blocker, long nanos) {
			LockSupport.parkNanos(blocker, nanos);
		}

		@Override
		public void park(Object blocker) {
			LockSupport.park(blocker);
		}

		@Override
		public void unpark(Thread thread) {
			LockSupport.unpark(thread);
		}

	};

	/**
	 * Returns whether the current thread may give way a few times before it parks. To
	 * wake a platform thread costs more than to let others run first; parking a virtual
	 * thread costs next to nothing.
	 */
	boolean mayYield();

	/**
	 * Lets other threads run.
	 */
	void yield();

	/**
	 * Returns whether the current thread had better sleep until an alarm of a scheduler
	 * than for a time. For each virtual thread that sleeps for a time the JDK sets a
	 * timer, and all of them are in a few queues under a lock. Only a scheduler that is
	 * never shut down may be relied on.
	 */
	boolean mayRelyOn(PoolScheduler alarms);

	/**
	 * Sleeps until woken, interrupted, or for a time; may also return without a reason.
	 */
	void park(Object blocker, long nanos);

	/**
	 * Sleeps until woken or interrupted; may also return without a reason.
	 */
	void park(Object blocker);

	/**
	 * Wakes a thread, or keeps it from its next sleep.
	 */
	void unpark(Thread thread);

}
