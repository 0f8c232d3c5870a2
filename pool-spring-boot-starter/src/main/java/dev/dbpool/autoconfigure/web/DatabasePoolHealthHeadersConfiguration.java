package dev.dbpool.autoconfigure.web;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import jakarta.servlet.Filter;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Headers of the health component {@code databasePool}, on the port that serves it.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnClass(HealthEndpointGroups.class)
public final class DatabasePoolHealthHeadersConfiguration {

	DatabasePoolHealthHeadersConfiguration() {
	}

	private static PoolHeaders headers(WebEndpointProperties endpoints, DatabasePools pools,
			ObjectProvider<DatabasePoolHealths> healths, ObjectProvider<HealthEndpointGroups> groups) {
		DatabasePoolHealths known = healths.getIfAvailable();
		HealthEndpointGroups shown = groups.getIfAvailable();
		return (known != null && shown != null) ? new PoolHealthHeaders(endpoints.getBasePath(), pools, known, shown)
				: PoolHeaders.NONE;
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	@ConditionalOnClass(Filter.class)
	static class ServletConfiguration {

		@Bean
		PoolHeadersFilter databasePoolHealthHeadersFilter(WebEndpointProperties endpoints, DatabasePools pools,
				ObjectProvider<DatabasePoolHealths> healths, ObjectProvider<HealthEndpointGroups> groups) {
			return new PoolHeadersFilter(headers(endpoints, pools, healths, groups));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		PoolHeadersWebFilter databasePoolHealthHeadersFilter(WebEndpointProperties endpoints, DatabasePools pools,
				ObjectProvider<DatabasePoolHealths> healths, ObjectProvider<HealthEndpointGroups> groups) {
			return new PoolHeadersWebFilter(headers(endpoints, pools, healths, groups));
		}

	}

}
