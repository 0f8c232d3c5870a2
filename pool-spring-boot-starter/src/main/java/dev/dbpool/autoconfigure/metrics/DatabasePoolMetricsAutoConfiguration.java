package dev.dbpool.autoconfigure.metrics;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.DatabasePoolActivityAutoConfiguration;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.autoconfigure.fleet.DatabasePoolFleetAutoConfiguration;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import dev.dbpool.autoconfigure.resilience.RetryBudgets;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the meters. A pool has them unless its property
 * {@code enable-metrics} is off.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class,
		after = { DatabasePoolResilienceAutoConfiguration.class, DatabasePoolActivityAutoConfiguration.class,
				DatabasePoolFleetAutoConfiguration.class, DatabasePoolHealthAutoConfiguration.class },
		afterName = {
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
public final class DatabasePoolMetricsAutoConfiguration {

	DatabasePoolMetricsAutoConfiguration() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(MeterRegistry.class)
	static class MetersConfiguration {

		@Bean
		@ConditionalOnMissingBean
		LaneMeters databasePoolLaneMeters(MeterRegistry registry, DatabasePools pools) {
			return new LaneMeters(registry, pools);
		}

		@Bean
		@ConditionalOnMissingBean
		OperationMeters databasePoolOperationMeters(MeterRegistry registry, DatabasePools pools) {
			return new OperationMeters(registry, (pool) -> pools.properties(pool).enableMetrics());
		}

		@Bean
		@ConditionalOnMissingBean
		OpenTelemetryOperationMeters databasePoolOpenTelemetryOperationMeters(MeterRegistry registry,
				DatabasePools pools) {
			return new OpenTelemetryOperationMeters(registry, pools);
		}

		@Bean
		@ConditionalOnMissingBean
		OpenTelemetryConnectionMeters databasePoolOpenTelemetryConnectionMeters(MeterRegistry registry,
				DatabasePools pools) {
			return new OpenTelemetryConnectionMeters(registry, pools);
		}

		@Bean
		@ConditionalOnMissingBean
		PoolStateMeters databasePoolStateMeters(DatabasePools pools) {
			return new PoolStateMeters(pools);
		}

		@Bean
		@ConditionalOnMissingBean
		ReadEndpointMeters databasePoolReadEndpointMeters(DatabasePools pools) {
			return new ReadEndpointMeters(pools);
		}

		@Bean
		@ConditionalOnBean(RetryBudgets.class)
		@ConditionalOnMissingBean
		RetryBudgetMeters databasePoolRetryBudgetMeters(DatabasePools pools, RetryBudgets budgets) {
			return new RetryBudgetMeters(pools, budgets);
		}

		@Bean
		@ConditionalOnBean(DatabasePoolCircuitBreakers.class)
		@ConditionalOnMissingBean
		CircuitBreakerMeters databasePoolCircuitBreakerMeters(DatabasePools pools,
				DatabasePoolCircuitBreakers breakers) {
			return new CircuitBreakerMeters(pools, breakers);
		}

		@Bean
		@ConditionalOnBean(FleetShares.class)
		@ConditionalOnMissingBean
		FleetMeters databasePoolFleetMeters(DatabasePools pools, FleetShares fleets) {
			return new FleetMeters(pools, fleets);
		}

		@Bean
		@ConditionalOnBean(PoolSampler.class)
		@ConditionalOnMissingBean
		PeakMeters databasePoolPeakMeters(DatabasePools pools, PoolSampler sampler) {
			return new PeakMeters(pools, sampler);
		}

		@Bean
		@ConditionalOnBean(DatabasePoolHealths.class)
		@ConditionalOnMissingBean
		HealthMeters databasePoolHealthMeters(DatabasePools pools, DatabasePoolHealths healths) {
			return new HealthMeters(pools, healths);
		}

	}

}
