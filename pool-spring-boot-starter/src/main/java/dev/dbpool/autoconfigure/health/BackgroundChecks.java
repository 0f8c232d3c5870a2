package dev.dbpool.autoconfigure.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * The background check of each pool whose health is checked.
 */
final class BackgroundChecks implements SmartLifecycle {

	private final Map<DatabasePool, BackgroundCheck> checks;

	private volatile boolean running;

	private BackgroundChecks(Map<DatabasePool, BackgroundCheck> checks) {
		this.checks = checks;
	}

	static BackgroundChecks of(List<DatabasePool> pools, ErrorWindows errors,
			@Nullable DatabasePoolCircuitBreakers breakers) {
		Map<DatabasePool, BackgroundCheck> checks = new LinkedHashMap<>();
		for (DatabasePool pool : pools) {
			if (pool.properties().enableHealthChecks()) {
				checks.put(pool, new BackgroundCheck(pool, errors.of(pool.name()),
						(breakers != null) ? breakers.of(pool.name()) : null));
			}
		}
		return new BackgroundChecks(checks);
	}

	Map<DatabasePool, BackgroundCheck> byPool() {
		return this.checks;
	}

	@Override
	public void start() {
		this.running = true;
		this.checks.values().forEach(BackgroundCheck::start);
	}

	@Override
	public void stop() {
		this.running = false;
		this.checks.values().forEach(BackgroundCheck::stop);
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	/**
	 * Starts after the pool and stops before it.
	 */
	@Override
	public int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE - 3071;
	}

}
