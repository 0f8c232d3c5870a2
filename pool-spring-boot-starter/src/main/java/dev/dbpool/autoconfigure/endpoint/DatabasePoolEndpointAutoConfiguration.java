package dev.dbpool.autoconfigure.endpoint;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.activity.DatabasePoolActivityAutoConfiguration;
import dev.dbpool.autoconfigure.activity.OperationStatistics;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.alert.DatabasePoolAlertAutoConfiguration;
import dev.dbpool.autoconfigure.alert.PoolAlerts;
import dev.dbpool.autoconfigure.fleet.FleetShares;
import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;

import tools.jackson.databind.json.JsonMapper;

import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.jackson.EndpointJsonMapper;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the actuator endpoint {@code databasepool}.
 */
@AutoConfiguration(after = { DatabasePoolAutoConfiguration.class, DatabasePoolActivityAutoConfiguration.class,
		DatabasePoolHealthAutoConfiguration.class, DatabasePoolAlertAutoConfiguration.class })
@ConditionalOnClass({ ConditionalOnAvailableEndpoint.class, Health.class })
@ConditionalOnBean(OperationStatistics.class)
@ConditionalOnAvailableEndpoint(DatabasePoolEndpoint.class)
@RegisterReflectionForBinding({ PoolsDescriptor.class, ConnectionDescriptor.class, LeaseDescriptor.class,
		OperationsDescriptor.class, EventsDescriptor.class, ActionDescriptor.class })
public final class DatabasePoolEndpointAutoConfiguration {

	DatabasePoolEndpointAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	PostgrestStates databasePoolPostgrestStates(DatabasePools pools) {
		return new PostgrestStates(pools);
	}

	@Bean
	@ConditionalOnMissingBean
	PoolDescriptions databasePoolDescriptions(OperationStatistics statistics, PostgrestStates postgrest,
			ObjectProvider<DatabasePoolCircuitBreakers> breakers, ObjectProvider<DatabasePoolHealths> healths,
			ObjectProvider<PoolAlerts> alerts, ObjectProvider<FleetShares> fleets) {
		return new PoolDescriptions(statistics, postgrest, breakers.getIfAvailable(), healths.getIfAvailable(),
				alerts.getIfAvailable(), fleets.getIfAvailable());
	}

	@Bean
	@ConditionalOnMissingBean
	DatabasePoolEndpoint databasePoolEndpoint(DatabasePools pools, PoolDescriptions descriptions, PoolEvents events,
			ApplicationEventPublisher publisher) {
		return new DatabasePoolEndpoint(pools, descriptions, events, new PoolActions(publisher, events));
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(DatabasePoolEndpoint.class)
	@ConditionalOnAvailableEndpoint(endpoint = DatabasePoolEndpoint.class, exposure = EndpointExposure.WEB)
	DatabasePoolEndpointWebExtension databasePoolEndpointWebExtension(DatabasePoolEndpoint endpoint,
			ApplicationContext context, ObjectProvider<EndpointJsonMapper> endpointMapper) {
		return new DatabasePoolEndpointWebExtension(endpoint, context,
				endpointMapper.stream().map(EndpointJsonMapper::get).findFirst().orElseGet(JsonMapper::new));
	}

}
