package dev.dbpool.autoconfigure.metrics;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.client.Lane;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of what the circuit breaker of each pool does with calls.
 */
final class CircuitBreakerMeters implements MeterBinder {

	private final DatabasePools pools;

	private final DatabasePoolCircuitBreakers breakers;

	CircuitBreakerMeters(DatabasePools pools, DatabasePoolCircuitBreakers breakers) {
		this.pools = pools;
		this.breakers = breakers;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().enableMetrics()) {
				bind(registry, pool.name(), this.breakers.of(pool.name()));
			}
		}
	}

	private static void bind(MeterRegistry registry, String pool, DatabasePoolCircuitBreaker breaker) {
		Gauge.builder("dbpool.breaker.open", breaker, (one) -> isOpen(one.state()) ? 1 : 0)
			.description("Whether the circuit breaker is open or half-open: 1, or closed: 0")
			.tag("pool", pool)
			.register(registry);
		FunctionCounter.builder("dbpool.breaker.refused", breaker, DatabasePoolCircuitBreaker::refused)
			.description("Calls that the circuit breaker refused")
			.tag("pool", pool)
			.register(registry);
		for (Lane lane : Lane.values()) {
			Gauge.builder("dbpool.breaker.waiting", breaker, (one) -> one.waiting(lane))
				.description("Calls that wait for the circuit breaker to let them through")
				.tags("pool", pool, "lane", lane.id())
				.register(registry);
		}
	}

	/**
	 * A breaker that is disabled lets all calls pass.
	 */
	private static boolean isOpen(State state) {
		return state == State.OPEN || state == State.FORCED_OPEN || state == State.HALF_OPEN;
	}

}
