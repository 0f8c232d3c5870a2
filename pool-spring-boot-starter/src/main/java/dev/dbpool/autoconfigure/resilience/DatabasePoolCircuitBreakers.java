package dev.dbpool.autoconfigure.resilience;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.PoolInstances;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import reactor.core.scheduler.Scheduler;

import org.springframework.beans.factory.DisposableBean;

/**
 * The circuit breaker of each pool. Safe for use from any thread.
 */
public final class DatabasePoolCircuitBreakers implements DisposableBean {

	private final CircuitBreakerRegistry registry;

	private final Scheduler scheduler;

	private final Map<String, DatabasePoolCircuitBreaker> breakers = new ConcurrentHashMap<>();

	DatabasePoolCircuitBreakers(CircuitBreakerRegistry registry, Scheduler scheduler) {
		this.registry = registry;
		this.scheduler = scheduler;
	}

	/**
	 * Returns the breaker of a pool. One for which nothing is configured is like that of
	 * the default pool.
	 * @param pool name of the pool
	 * @return its breaker
	 */
	public DatabasePoolCircuitBreaker of(String pool) {
		DatabasePoolCircuitBreaker known = this.breakers.get(pool);
		return (known != null) ? known : this.breakers.computeIfAbsent(pool,
				(name) -> new DatabasePoolCircuitBreaker(find(name), this.scheduler));
	}

	private CircuitBreaker find(String pool) {
		String instance = PoolInstances.name(pool);
		return this.registry.find(instance)
			.orElseGet(() -> pool.equals(DatabasePool.DEFAULT) ? this.registry.circuitBreaker(instance)
					: this.registry.circuitBreaker(instance, find(DatabasePool.DEFAULT).getCircuitBreakerConfig()));
	}

	@Override
	public void destroy() {
		this.breakers.values().forEach(DatabasePoolCircuitBreaker::close);
	}

}
