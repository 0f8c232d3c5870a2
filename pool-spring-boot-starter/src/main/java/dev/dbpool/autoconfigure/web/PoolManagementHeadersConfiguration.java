package dev.dbpool.autoconfigure.web;

import java.util.List;

import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.health.DatabasePoolHealths;
import jakarta.servlet.Filter;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.EndpointMapping;
import org.springframework.boot.actuate.endpoint.web.PathMapper;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Headers of the health component {@code databasePool} and of the dashboard, on the port
 * that serves them.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnClass(HealthEndpointGroups.class)
public final class PoolManagementHeadersConfiguration {

	PoolManagementHeadersConfiguration() {
	}

	private static PoolHeaders headers(WebEndpointProperties endpoints, ObjectProvider<PathMapper> mappers,
			DatabasePools pools, ObjectProvider<DatabasePoolHealths> healths,
			ObjectProvider<HealthEndpointGroups> groups) {
		DatabasePoolHealths known = healths.getIfAvailable();
		HealthEndpointGroups shown = groups.getIfAvailable();
		List<PathMapper> paths = mappers.orderedStream().toList();
		EndpointMapping root = new EndpointMapping(endpoints.getBasePath());
		PoolHeaders dashboard = new PoolDashboardHeaders(
				root.createSubPath(PathMapper.getRootPath(paths, EndpointId.of("pooldashboard"))),
				root.createSubPath(PathMapper.getRootPath(paths, EndpointId.of("databasepool"))));
		return (known != null && shown != null)
				? dashboard.and(new PoolHealthHeaders(endpoints.getBasePath(), pools, known, shown)) : dashboard;
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	@ConditionalOnClass(Filter.class)
	static class ServletConfiguration {

		@Bean
		PoolHeadersFilter databasePoolManagementHeadersFilter(WebEndpointProperties endpoints,
				ObjectProvider<PathMapper> mappers, DatabasePools pools, ObjectProvider<DatabasePoolHealths> healths,
				ObjectProvider<HealthEndpointGroups> groups) {
			return new PoolHeadersFilter(headers(endpoints, mappers, pools, healths, groups));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		PoolHeadersWebFilter databasePoolManagementHeadersFilter(WebEndpointProperties endpoints,
				ObjectProvider<PathMapper> mappers, DatabasePools pools, ObjectProvider<DatabasePoolHealths> healths,
				ObjectProvider<HealthEndpointGroups> groups) {
			return new PoolHeadersWebFilter(headers(endpoints, mappers, pools, healths, groups));
		}

	}

}
