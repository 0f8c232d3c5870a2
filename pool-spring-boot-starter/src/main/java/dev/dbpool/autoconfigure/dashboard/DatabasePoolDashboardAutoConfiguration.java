package dev.dbpool.autoconfigure.dashboard;

import java.util.List;

import dev.dbpool.autoconfigure.endpoint.DatabasePoolEndpoint;
import dev.dbpool.autoconfigure.endpoint.DatabasePoolEndpointAutoConfiguration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMapper;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of the dashboard page, which needs the endpoint
 * {@code databasepool}.
 */
@AutoConfiguration(after = DatabasePoolEndpointAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(DatabasePoolEndpoint.class)
@ConditionalOnAvailableEndpoint(PoolDashboardEndpoint.class)
public final class DatabasePoolDashboardAutoConfiguration {

	DatabasePoolDashboardAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	PoolDashboardEndpoint databasePoolDashboardEndpoint(ObjectProvider<EndpointAccessResolver> access,
			ObjectProvider<PathMapper> mappers) {
		EndpointId endpoint = EndpointId.of("databasepool");
		EndpointAccessResolver resolver = access.getIfAvailable();
		List<PathMapper> paths = mappers.orderedStream().toList();
		return new PoolDashboardEndpoint(
				resolver != null && resolver.accessFor(endpoint, Access.READ_ONLY) == Access.UNRESTRICTED,
				PathMapper.getRootPath(paths, EndpointId.of("pooldashboard")), PathMapper.getRootPath(paths, endpoint));
	}

}
