package dev.dbpool.autoconfigure.metrics;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.resilience.RetryBudget;
import dev.dbpool.autoconfigure.resilience.RetryBudgets;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the retry budget of each pool.
 */
final class RetryBudgetMeters implements MeterBinder {

	private final DatabasePools pools;

	private final RetryBudgets budgets;

	RetryBudgetMeters(DatabasePools pools, RetryBudgets budgets) {
		this.pools = pools;
		this.budgets = budgets;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics()) {
				RetryBudget budget = this.budgets.of(pool.name());
				FunctionCounter.builder("dbpool.retries.refused", budget, RetryBudget::refused)
					.description("Retries that were refused because the retry budget was used up")
					.tag("pool", pool.name())
					.register(registry);
				Gauge.builder("dbpool.retries.budget", budget, RetryBudget::remaining)
					.description("Retries that the budget allows at present")
					.tag("pool", pool.name())
					.register(registry);
			}
		}
	}

}
