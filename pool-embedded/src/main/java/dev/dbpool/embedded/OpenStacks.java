package dev.dbpool.embedded;

import java.time.Duration;
import java.util.Comparator;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open stacks of this JVM. They are closed when the JVM ends, immediately or after
 * the time that their owners have to do it.
 */
final class OpenStacks {

	private static final Logger logger = LoggerFactory.getLogger(OpenStacks.class);

	private static final Set<Cleanup> open = ConcurrentHashMap.newKeySet();

	private static final Queue<Runnable> lastSteps = new ConcurrentLinkedQueue<>();

	static {
		Runtime.getRuntime().addShutdownHook(new Thread(OpenStacks::closeAll, "dbpool-embedded-shutdown"));
	}

	private OpenStacks() {
	}

	/**
	 * Opens a stack, which leaves this register with the last step of its cleanup.
	 */
	static Cleanup open(Duration shutdownGrace) {
		Cleanup cleanup = new Cleanup(shutdownGrace);
		open.add(cleanup);
		cleanup.add(() -> open.remove(cleanup));
		return cleanup;
	}

	/**
	 * Adds a step for the end of the JVM, after all stacks are closed.
	 */
	static void closeLast(Runnable step) {
		lastSteps.add(step);
	}

	private static void closeAll() {
		long start = System.nanoTime();
		for (Cleanup cleanup : open.stream().sorted(Comparator.comparing(Cleanup::shutdownGrace)).toList()) {
			cleanup.awaitClose(cleanup.shutdownGrace().minusNanos(System.nanoTime() - start));
			close(cleanup::close);
		}
		lastSteps.forEach(OpenStacks::close);
	}

	private static void close(Runnable step) {
		try {
			step.run();
		}
		catch (RuntimeException ex) {
			logger.warn("Not everything was cleaned up; the next start of a stack does the rest", ex);
		}
	}

}
