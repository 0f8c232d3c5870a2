package dev.dbpool.autoconfigure.activity;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.autoconfigure.resilience.ReplicaBreakers;
import dev.dbpool.client.Lane;
import org.HdrHistogram.Histogram;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of what health, alerts and the endpoint {@code databasepool} know
 * about the recent past. Requires the actuator and HdrHistogram, which Micrometer brings.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, Histogram.class })
public final class DatabasePoolActivityAutoConfiguration {

	DatabasePoolActivityAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	OperationStatistics databasePoolOperationStatistics(DatabasePools pools) {
		return new OperationStatistics((pool) -> pools.properties(pool).slowOperationThreshold());
	}

	@Bean
	@ConditionalOnMissingBean
	PoolEvents databasePoolEvents() {
		return new PoolEvents();
	}

	@Bean
	@ConditionalOnMissingBean
	PoolSampler databasePoolSampler(DatabasePools pools) {
		return new PoolSampler(pools);
	}

	@Bean
	@ConditionalOnMissingBean
	PoolActivity databasePoolActivity(OperationStatistics statistics, PoolSampler sampler) {
		return new PoolActivity(statistics, sampler);
	}

	@Bean
	@ConditionalOnMissingBean
	PoolSummaryLog databasePoolSummaryLog(DatabasePools pools, OperationStatistics statistics) {
		return new PoolSummaryLog(pools, statistics);
	}

	@Bean
	SmartInitializingSingleton databasePoolCircuitBreakerEvents(DatabasePools pools, PoolEvents events,
			ObjectProvider<DatabasePoolCircuitBreakers> breakers, ObjectProvider<ReplicaBreakers> replicas) {
		return () -> {
			breakers.ifAvailable((known) -> pools.all()
				.forEach((pool) -> known.of(pool.name())
					.onChange((text) -> events.add(pool.name(), null, PoolEvent.Type.CIRCUIT_BREAKER, text))));
			replicas.ifAvailable((known) -> known
				.onChange((pool, text) -> events.add(pool, Lane.READ, PoolEvent.Type.CIRCUIT_BREAKER, text)));
		};
	}

}
