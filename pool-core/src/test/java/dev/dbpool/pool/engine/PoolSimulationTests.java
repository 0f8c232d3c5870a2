package dev.dbpool.pool.engine;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Thousands of random schedules. {@code -Ddbpool.simulation.seed=N} replays one.
 */
@Tag("proof")
class PoolSimulationTests {

	private static final int SCHEDULES = Integer.getInteger("dbpool.simulation.schedules", 100);

	@Test
	void noScheduleBreaksAnInvariant() {
		Long replay = Long.getLong("dbpool.simulation.seed");
		long first = (replay != null) ? replay : 0;
		long last = (replay != null) ? replay : SCHEDULES;
		for (long seed = first; seed <= last; seed++) {
			try {
				new PoolSimulation(seed).run();
			}
			catch (AssertionError | RuntimeException ex) {
				throw new AssertionError("seed " + seed + " fails; replay it with -Ddbpool.simulation.seed=" + seed,
						ex);
			}
		}
	}

}
