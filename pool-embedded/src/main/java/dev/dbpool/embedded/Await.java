package dev.dbpool.embedded;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for a condition by asking for it again and again.
 */
final class Await {

	private static final long PAUSE_MILLIS = 10;

	private Await() {
	}

	/**
	 * Waits until the condition holds.
	 * @return whether it held before the time was over
	 */
	static boolean until(Duration timeout, BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start > timeout.toNanos()) {
				return false;
			}
			pause();
		}
		return true;
	}

	private static void pause() {
		try {
			Thread.sleep(PAUSE_MILLIS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EmbeddedPostgrestException("interrupted while waiting for a server", ex);
		}
	}

}
