package dev.dbpool.autoconfigure.metrics;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.client.PooledClient;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the meters.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class,
		afterName = {
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "db.pool.enable-metrics", matchIfMissing = true)
public final class DatabasePoolMetricsAutoConfiguration {

	DatabasePoolMetricsAutoConfiguration() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(MeterRegistry.class)
	static class MetersConfiguration {

		@Bean
		@ConditionalOnMissingBean
		LaneMeters databasePoolLaneMeters(MeterRegistry registry) {
			return new LaneMeters(registry);
		}

		@Bean
		@ConditionalOnMissingBean
		OperationMeters databasePoolOperationMeters(MeterRegistry registry) {
			return new OperationMeters(registry);
		}

		@Bean
		@ConditionalOnMissingBean
		PoolStateMeters databasePoolStateMeters(PooledClient client) {
			return new PoolStateMeters(client);
		}

	}

}
