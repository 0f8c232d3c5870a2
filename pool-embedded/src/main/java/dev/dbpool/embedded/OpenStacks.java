package dev.dbpool.embedded;

import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stacks of this JVM that nobody has closed yet. They are closed when the JVM ends,
 * at once or after the time that their owners have to do it.
 */
final class OpenStacks {

	private static final Logger logger = LoggerFactory.getLogger(OpenStacks.class);

	private static final Set<Cleanup> open = ConcurrentHashMap.newKeySet();

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

	private static void closeAll() {
		long start = System.nanoTime();
		for (Cleanup cleanup : open.stream().sorted(Comparator.comparing(Cleanup::shutdownGrace)).toList()) {
			cleanup.awaitClose(cleanup.shutdownGrace().minusNanos(System.nanoTime() - start));
			try {
				cleanup.close();
			}
			catch (RuntimeException ex) {
				logger.warn("A stack was not closed completely; the next start of one clears up", ex);
			}
		}
	}

}
