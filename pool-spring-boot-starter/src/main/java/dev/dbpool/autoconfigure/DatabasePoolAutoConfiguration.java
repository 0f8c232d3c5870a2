package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of a {@link PooledClient} for {@code db.pool.*} and one for each
 * pool below {@code db.pools}.
 */
@AutoConfiguration(after = WebClientAutoConfiguration.class)
@ConditionalOnClass(PooledClient.class)
@Import(NamedPoolsRegistrar.class)
@ImportRuntimeHints(DatabasePoolRuntimeHints.class)
public final class DatabasePoolAutoConfiguration {

	DatabasePoolAutoConfiguration() {
	}

	@Bean
	static PoolPropertySources databasePoolPropertySources(ConfigurableEnvironment environment) {
		return new PoolPropertySources(environment);
	}

	@Bean
	@ConditionalOnMissingBean
	DatabasePoolProperties databasePoolProperties(Environment environment) {
		return PoolBinder.bind(environment, "db.pool");
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean
	DatabasePoolConnectionDetails databasePoolConnectionDetails(DatabasePoolProperties properties,
			Environment environment) {
		return new PropertiesConnectionDetails(PoolConfiguration.ofDefault(properties), environment);
	}

	@Bean
	DatabasePools databasePools(ConfigurableListableBeanFactory beanFactory, DatabasePoolProperties properties,
			Environment environment) {
		return new DatabasePools(beanFactory, properties, environment);
	}

	@Bean
	@ConditionalOnMissingBean
	PooledClientBuilderConfigurer pooledClientBuilderConfigurer(DatabasePools pools, BeanFactory beans) {
		return new PooledClientBuilderConfigurer(pools, beans);
	}

	@Bean
	ConfiguredClients databasePoolConfiguredClients(ConfigurableListableBeanFactory beanFactory,
			Environment environment, DatabasePools pools, PooledClientBuilderConfigurer configurer,
			ObjectProvider<DatabasePoolConnectionDetails> details) {
		return new ConfiguredClients(beanFactory, environment, pools, configurer, details);
	}

	@Bean
	static NamedPoolQualifiers databasePoolQualifiers(Environment environment) {
		return new NamedPoolQualifiers(environment);
	}

	@Bean
	static OwnClientPostProcessor databasePoolOwnClientPostProcessor(
			ObjectProvider<PooledClientBuilderConfigurer> configurer) {
		return new OwnClientPostProcessor(configurer);
	}

	@Bean
	PooledClientBuilderCustomizer databasePoolSslCustomizer(DatabasePools pools, ObjectProvider<SslBundles> bundles,
			ObjectProvider<HttpClientSettings> settings) {
		return new SslCustomizer(pools, bundles, settings);
	}

	@Bean
	@ConditionalOnMissingBean
	PoolLog databasePoolLog() {
		return new PoolLog();
	}

	@Bean
	@ConditionalOnMissingBean
	SlowOperationLog databasePoolSlowOperationLog(DatabasePools pools) {
		return new SlowOperationLog((pool) -> pools.properties(pool).slowOperationThreshold());
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	DatabasePoolLifecycle databasePoolLifecycle(DatabasePools pools, Environment environment) {
		return new DatabasePoolLifecycle(pools, (pool) -> DrainTimeout.of(pool, environment));
	}

	/**
	 * The client of the default pool, unless the application has one of its own.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(PooledClient.class)
	@Import(DefaultPoolRegistrar.class)
	static class DefaultPoolConfiguration {

	}

	/**
	 * Hides the keys in the actuator's answers, even if it shows values.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(SanitizingFunction.class)
	static class SanitizingConfiguration {

		@Bean
		SanitizingFunction databasePoolSanitizingFunction(ObjectProvider<DatabasePools> pools) {
			return new KeySanitizer(pools);
		}

	}

}
