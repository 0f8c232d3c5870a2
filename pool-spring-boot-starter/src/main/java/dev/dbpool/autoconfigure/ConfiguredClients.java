package dev.dbpool.autoconfigure;

import java.net.URI;

import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * Builds the clients of the configured pools.
 */
final class ConfiguredClients {

	private final ConfigurableListableBeanFactory beanFactory;

	private final Environment environment;

	private final DatabasePools pools;

	private final PooledClientBuilderConfigurer configurer;

	private final ObjectProvider<DatabasePoolConnectionDetails> defaultDetails;

	ConfiguredClients(ConfigurableListableBeanFactory beanFactory, Environment environment, DatabasePools pools,
			PooledClientBuilderConfigurer configurer, ObjectProvider<DatabasePoolConnectionDetails> defaultDetails) {
		this.beanFactory = beanFactory;
		this.environment = environment;
		this.pools = pools;
		this.configurer = configurer;
		this.defaultDetails = defaultDetails;
	}

	PooledClient build(String pool) {
		PoolConfiguration configuration = this.pools.configuration(pool);
		PoolPropertiesValidator.validate(configuration);
		DatabasePoolConnectionDetails details = details(configuration);
		URI adminUrl = details.getAdminUrl();
		if (adminUrl != null) {
			this.pools.adminUrl(pool, adminUrl);
		}
		PoolAdvice.log(configuration, this.environment);
		PooledClientBuilder builder = PooledClient.builder(details.getUrl(), keys(details))
			.restPath(details.getRestPath());
		return this.configurer.configure(builder, pool).build();
	}

	/**
	 * Returns the connection details bean of a pool: the default one, or one that is
	 * qualified by the pool's name. Without the latter a named pool has its properties.
	 */
	private DatabasePoolConnectionDetails details(PoolConfiguration pool) {
		if (pool.isDefault()) {
			return this.defaultDetails.getObject();
		}
		for (String bean : this.beanFactory.getBeanNamesForType(DatabasePoolConnectionDetails.class, false, false)) {
			if (BeanFactoryAnnotationUtils.isQualifierMatch(pool.pool()::equals, bean, this.beanFactory)) {
				return this.beanFactory.getBean(bean, DatabasePoolConnectionDetails.class);
			}
		}
		return new PropertiesConnectionDetails(pool, this.environment);
	}

	private static ApiKeys keys(DatabasePoolConnectionDetails details) {
		String anonKey = details.getAnonKey();
		return (anonKey != null) ? ApiKeys.of(anonKey, details.getServiceRoleKey())
				: ApiKeys.withoutAnonKey(details.getServiceRoleKey());
	}

}
