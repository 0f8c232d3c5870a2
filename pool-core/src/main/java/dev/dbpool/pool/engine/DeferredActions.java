package dev.dbpool.pool.engine;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be done once the lock is free again: calls of connectors, listeners and
 * callbacks, in order. One that fails does not keep the others from being done: a lease
 * that was granted is delivered in any case.
 */
final class DeferredActions {

	private static final Logger logger = LoggerFactory.getLogger(DeferredActions.class);

	private final List<Runnable> actions = new ArrayList<>(2);

	void add(Runnable action) {
		this.actions.add(action);
	}

	void run() {
		for (Runnable action : this.actions) {
			try {
				action.run();
			}
			catch (Throwable ex) {
				logger.error("A step of a pool failed", ex);
			}
		}
	}

}
