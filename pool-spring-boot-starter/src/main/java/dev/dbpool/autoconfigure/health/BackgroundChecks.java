package dev.dbpool.autoconfigure.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.PoolBackgroundTask;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * The background check of each pool whose health is checked, and once a second a look at
 * its calls.
 */
final class BackgroundChecks extends PoolBackgroundTask {

	private final Map<DatabasePool, BackgroundCheck> checks;

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
	protected Disposable begin() {
		this.checks.values().forEach(BackgroundCheck::start);
		Disposable looks = everySecond(Schedulers.parallel(),
				() -> this.checks.values().forEach(BackgroundCheck::look));
		return () -> {
			looks.dispose();
			this.checks.values().forEach(BackgroundCheck::stop);
		};
	}

}
