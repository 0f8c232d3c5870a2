package dev.dbpool.benchmark.fault;

import java.time.Duration;

/**
 * What happens while a client is measured.
 */
interface Scenario {

	Duration length();

	Workload workload();

	void begin(Site site) throws Exception;

	void end(Site site) throws Exception;

	/**
	 * Returns whether the clients have to take turns, since their load together is more
	 * than a small machine can do.
	 */
	default boolean needsWholeMachine() {
		return false;
	}

}
