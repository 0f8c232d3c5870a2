package dev.dbpool.pool.engine;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread waits. Replaceable, so that tests can decide who runs when.
 */
interface Parking {

	/** The name of the group of all virtual threads, see JEP 444. */
	String VIRTUAL_THREADS = "VirtualThreads";

	/**
	 * Parks threads of the JVM.
	 */
	Parking THREADS = new Parking() {
	};

	/**
	 * Lets other threads run.
	 */
	default void yield() {
		Thread.yield();
	}

	/**
	 * Returns whether parking the current thread costs next to nothing, as that of a
	 * virtual thread. To wake a platform thread costs more than to let others run first,
	 * so it gives way a few times before it parks. For each virtual thread that sleeps
	 * for a time the JDK sets a timer, and all of them are in a few queues under a lock,
	 * so it had better sleep until an alarm of the pool. Java 17 has no virtual threads,
	 * hence a look at the group.
	 */
	default boolean isCheap() {
		return VIRTUAL_THREADS.equals(Thread.currentThread().getThreadGroup().getName());
	}

	/**
	 * Sleeps until woken, interrupted, or for a time; may also return without a reason.
	 */
	default void park(Object blocker, long nanos) {
		LockSupport.parkNanos(blocker, nanos);
	}

	/**
	 * Sleeps until woken or interrupted; may also return without a reason.
	 */
	default void park(Object blocker) {
		LockSupport.park(blocker);
	}

	/**
	 * Wakes a thread, or keeps it from its next sleep.
	 */
	default void unpark(Thread thread) {
		LockSupport.unpark(thread);
	}

}
