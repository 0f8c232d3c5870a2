package dev.dbpool.autoconfigure.health;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.PoolActivity;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the health contributor {@code databasePool}, and of the check in
 * the background that it reports. A pool has both unless its property
 * {@code enable-health-checks} is off.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class, after = DatabasePoolResilienceAutoConfiguration.class)
@ConditionalOnClass({ ReactiveHealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
public final class DatabasePoolHealthAutoConfiguration {

	DatabasePoolHealthAutoConfiguration() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnEnabledHealthIndicator("databasepool")
	static class HealthConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ErrorWindows databasePoolErrorWindows(DatabasePools pools) {
			return new ErrorWindows((pool) -> pools.properties(pool).healthCheckInterval());
		}

		@Bean
		@ConditionalOnMissingBean
		BackgroundChecks databasePoolBackgroundChecks(DatabasePools pools, ErrorWindows errors,
				ObjectProvider<DatabasePoolCircuitBreakers> breakers) {
			return BackgroundChecks.of(pools.all(), errors, breakers.getIfAvailable());
		}

		@Bean
		@ConditionalOnMissingBean
		DatabasePoolHealths databasePoolHealths(BackgroundChecks checks, ErrorWindows errors,
				ObjectProvider<DatabasePoolCircuitBreakers> breakers, ObjectProvider<PoolActivity> activity,
				ObjectProvider<FleetShares> fleets) {
			return new DatabasePoolHealths(checks, errors, breakers.getIfAvailable(), activity.getIfAvailable(),
					fleets.getIfAvailable());
		}

		@Bean
		@ConditionalOnMissingBean(name = { "databasePoolHealthIndicator", "databasePoolHealthContributor" })
		@Nullable ReactiveHealthContributor databasePoolHealthContributor(DatabasePoolHealths healths) {
			return DatabasePoolHealthContributor.of(healths);
		}

	}

}
