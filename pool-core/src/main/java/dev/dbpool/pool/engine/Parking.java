package dev.dbpool.pool.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * How a thread waits. Replaceable, so that tests can decide who runs when.
 */
interface Parking {

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
	 * so it had better sleep until an alarm of the pool.
	 */
	default boolean isCheap() {
		return VirtualThreads.isVirtual(Thread.currentThread());
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

	/**
	 * Distinguishes virtual threads from platform threads, on Java 17 too, which has
	 * none.
	 */
	final class VirtualThreads {

		private static final @Nullable MethodHandle IS_VIRTUAL = find();

		private VirtualThreads() {
		}

		static boolean isVirtual(Thread thread) {
			if (IS_VIRTUAL == null) {
				return false;
			}
			try {
				return (boolean) IS_VIRTUAL.invokeExact(thread);
			}
			catch (Throwable ex) {
				throw new IllegalStateException("Thread.isVirtual() failed", ex);
			}
		}

		private static @Nullable MethodHandle find() {
			try {
				return MethodHandles.publicLookup()
					.findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
			}
			catch (NoSuchMethodException | IllegalAccessException ex) {
				return null;
			}
		}

	}

}
