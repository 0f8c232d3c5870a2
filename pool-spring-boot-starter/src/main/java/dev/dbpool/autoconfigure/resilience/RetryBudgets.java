package dev.dbpool.autoconfigure.resilience;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import dev.dbpool.autoconfigure.DatabasePoolProperties;

/**
 * The retry budget of each pool. Safe for use from any thread.
 */
public final class RetryBudgets {

	private final Map<String, RetryBudget> budgets = new ConcurrentHashMap<>();

	private final Function<String, DatabasePoolProperties.RetryBudget> properties;

	RetryBudgets(Function<String, DatabasePoolProperties.RetryBudget> properties) {
		this.properties = properties;
	}

	/**
	 * Returns the budget of a pool.
	 * @param pool name of the pool
	 * @return its budget
	 */
	public RetryBudget of(String pool) {
		RetryBudget known = this.budgets.get(pool);
		return (known != null) ? known : this.budgets.computeIfAbsent(pool, this::create);
	}

	private RetryBudget create(String pool) {
		DatabasePoolProperties.RetryBudget configured = this.properties.apply(pool);
		return new RetryBudget(configured.ratio(), configured.minPerSecond(), System::nanoTime);
	}

}
