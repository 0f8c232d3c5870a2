package dev.dbpool.autoconfigure.health;

import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreaker;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import dev.dbpool.client.PooledClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the health contributor {@code databasePool}, and of the check in
 * the background that it tells about.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class, after = DatabasePoolResilienceAutoConfiguration.class)
@ConditionalOnClass({ ReactiveHealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBooleanProperty(name = "db.pool.enable-health-checks", matchIfMissing = true)
public final class DatabasePoolHealthAutoConfiguration {

	DatabasePoolHealthAutoConfiguration() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnEnabledHealthIndicator("databasePool")
	static class HealthConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ErrorWindow databasePoolErrorWindow(DatabasePoolProperties properties) {
			return new ErrorWindow(properties.healthCheckInterval());
		}

		@Bean
		@ConditionalOnMissingBean
		BackgroundCheck databasePoolBackgroundCheck(PooledClient client, DatabasePoolProperties properties,
				ErrorWindow errors, ObjectProvider<DatabasePoolCircuitBreaker> breakers) {
			ServerCheck check = new ServerCheck(client, properties.healthCheckPath(), properties.schema(),
					properties.requestTimeout());
			DatabasePoolCircuitBreaker breaker = breakers.getIfAvailable();
			StatusLog log = new StatusLog();
			return new BackgroundCheck(check, breaker, properties.healthCheckInterval(),
					(result) -> log.update(PoolStatus.of(Optional.of(result),
							(breaker != null) ? breaker.state() : null, PoolStatus.lanes(client), errors.counts())));
		}

		@Bean
		@ConditionalOnMissingBean(name = "databasePoolHealthIndicator")
		DatabasePoolHealthIndicator databasePoolHealthIndicator(PooledClient client, BackgroundCheck check,
				ErrorWindow errors, ObjectProvider<DatabasePoolCircuitBreaker> breaker) {
			return new DatabasePoolHealthIndicator(client, check, errors, breaker.getIfAvailable());
		}

	}

}
