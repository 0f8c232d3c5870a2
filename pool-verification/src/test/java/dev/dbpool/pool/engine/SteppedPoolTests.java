package dev.dbpool.pool.engine;

import java.util.Random;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Thousands of random schedules of threads that block. {@code -Ddbpool.simulation.seed=N}
 * replays one.
 */
@Tag("proof")
class SteppedPoolTests {

	@Test
	void noScheduleLeavesACallerAsleep() {
		Long replay = Long.getLong("dbpool.simulation.seed");
		long first = (replay != null) ? replay : 0;
		long last = (replay != null) ? replay : Proof.of(200, 2_000, 20_000, 100_000);
		for (long seed = first; seed <= last; seed++) {
			try {
				new SteppedPoolRun(seed).run();
			}
			catch (AssertionError | RuntimeException ex) {
				throw new AssertionError("seed " + seed + " fails; replay it with -Ddbpool.simulation.seed=" + seed,
						ex);
			}
		}
	}

	/**
	 * The canary: a signal that is lost when it comes between the look and the sleep.
	 */
	@Test
	void findsALostSignal() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> {
			for (long seed = 0; seed < 100; seed++) {
				loseSignal(seed);
			}
		}).withMessageContaining("parked indefinitely");
	}

	private static void loseSignal(long seed) {
		SteppedThreads threads = new SteppedThreads(new Random(seed));
		boolean[] asleep = new boolean[1];
		boolean[] ready = new boolean[1];
		SteppedThreads.Stepped waiting = threads.add("waiting", () -> {
			while (!ready[0]) {
				threads.point();
				asleep[0] = true;
				threads.park(threads, Long.MAX_VALUE);
			}
		});
		threads.add("signalling", () -> {
			ready[0] = true;
			threads.point();
			if (asleep[0]) {
				threads.unpark(waiting.thread);
			}
		});
		threads.run();
		assertThat(ready).containsExactly(true);
	}

}
