package dev.dbpool.benchmark;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;

/**
 * Starts threads; virtual ones where the JDK has them.
 */
public final class Threads {

	private static final Optional<MethodHandle> START_VIRTUAL = startVirtualThread();

	private Threads() {
	}

	private static Optional<MethodHandle> startVirtualThread() {
		try {
			return Optional.of(MethodHandles.publicLookup()
				.findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class)));
		}
		catch (ReflectiveOperationException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Returns whether this JDK has virtual threads: JDK 21 and later.
	 * @return whether {@link #startVirtual} works
	 */
	public static boolean areVirtualAvailable() {
		return Runtime.version().feature() >= 21 && START_VIRTUAL.isPresent();
	}

	/**
	 * Starts a daemon thread.
	 * @param task what it runs
	 * @return the thread
	 */
	public static Thread startPlatform(Runnable task) {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	/**
	 * Starts a virtual thread.
	 * @param task what it runs
	 * @return the thread
	 */
	public static Thread startVirtual(Runnable task) {
		try {
			return (Thread) START_VIRTUAL.orElseThrow().invoke(task);
		}
		catch (Throwable ex) {
			throw new IllegalStateException("no virtual thread", ex);
		}
	}

}
