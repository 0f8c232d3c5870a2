package dev.dbpool.benchmark.fault;

import java.time.Duration;

/**
 * Lets time pass, since a fault lasts and a load goes on.
 */
final class Pause {

	private Pause() {
	}

	static void of(Duration time) {
		try {
			Thread.sleep(Math.max(0, time.toMillis()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("The benchmark was interrupted", ex);
		}
	}

}
