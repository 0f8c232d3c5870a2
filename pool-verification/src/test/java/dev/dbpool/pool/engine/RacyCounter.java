package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.datastructures.Operation;

/**
 * Broken on purpose: increments get lost. Lincheck has to find it.
 */
public class RacyCounter {

	private volatile int value;

	@Operation
	public int increment() {
		int next = this.value + 1;
		this.value = next;
		return next;
	}

}
