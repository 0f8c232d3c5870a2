package dev.dbpool.autoconfigure.alert;

import java.time.Duration;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.DatabasePoolActivityAutoConfiguration;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.activity.PoolSampler;
import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of alerts, for the pools whose property {@code alerts.enabled} is
 * on.
 */
@AutoConfiguration(after = { DatabasePoolAutoConfiguration.class, DatabasePoolActivityAutoConfiguration.class,
		DatabasePoolHealthAutoConfiguration.class })
@ConditionalOnClass(Health.class)
@ConditionalOnBean(PoolSampler.class)
public final class DatabasePoolAlertAutoConfiguration {

	DatabasePoolAlertAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	PoolAlerts databasePoolAlerts(DatabasePools pools, PoolSampler sampler, PoolEvents events,
			ObjectProvider<DatabasePoolCircuitBreakers> breakers, ObjectProvider<DatabasePoolHealths> healths,
			ApplicationEventPublisher publisher, ObjectProvider<AlertNotifier> notifiers) {
		return new PoolAlerts(pools,
				(pool) -> new AlertConditions(pool, sampler, breakers.getIfAvailable(), healths.getIfAvailable()),
				publisher, events, notifiers.orderedStream().toList());
	}

	@Bean
	@ConditionalOnMissingBean
	WebhookNotifier databasePoolWebhookNotifier(DatabasePools pools, Environment environment) {
		return new WebhookNotifier(pools, environment.getProperty("spring.application.name", ""),
				Duration.ofSeconds(1));
	}

}
