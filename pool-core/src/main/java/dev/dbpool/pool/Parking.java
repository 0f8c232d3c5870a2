package dev.dbpool.pool;

import java.util.concurrent.locks.LockSupport;

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
		public void park(Object blocker, long nanos) {
			LockSupport.parkNanos(blocker, nanos);
		}

		@Override
		public void unpark(Thread thread) {
			LockSupport.unpark(thread);
		}

	};

	/**
	 * Tells whether the current thread may give way a few times before it parks. To wake
	 * a platform thread costs more than to let others run first; parking a virtual thread
	 * costs next to nothing.
	 */
	boolean mayYield();

	/**
	 * Lets other threads run.
	 */
	void yield();

	/**
	 * Sleeps until woken, interrupted, or for a time; may also return without a reason.
	 */
	void park(Object blocker, long nanos);

	/**
	 * Wakes a thread, or keeps it from its next sleep.
	 */
	void unpark(Thread thread);

}
