package dev.dbpool.autoconfigure;

import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of a {@link PooledClient}.
 */
@AutoConfiguration(after = WebClientAutoConfiguration.class)
@ConditionalOnClass(PooledClient.class)
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
	@ConditionalOnMissingBean
	PooledClient pooledClient(DatabasePoolProperties properties, DatabasePoolConnectionDetails details,
			ObjectProvider<WebClient.Builder> webClient, ObjectProvider<ReactorResourceFactory> reactorResources,
			ObjectProvider<OperationInterceptor> interceptors, ObjectProvider<OperationListener> listeners,
			ObjectProvider<LanePoolListener> poolListeners, ObjectProvider<PooledClientBuilderCustomizer> customizers) {
		PoolConfiguration pool = PoolConfiguration.ofDefault(properties);
		PooledClientAssembly assembly = new PooledClientAssembly(pool, details);
		PoolAdvice.log(pool);
		assembly.webClient(webClient.getIfAvailable(WebClient::builder));
		reactorResources.ifAvailable((resources) -> assembly.loopResources(resources.getLoopResources()));
		assembly.interceptors(interceptors.orderedStream().toList());
		assembly.listeners(listeners.orderedStream().toList());
		assembly.poolListeners(poolListeners.orderedStream().toList());
		return assembly.build(customizers.orderedStream().toList());
	}

	@Bean
	PooledClientBuilderCustomizer databasePoolSslCustomizer(DatabasePoolProperties properties,
			ObjectProvider<SslBundles> bundles, ObjectProvider<HttpClientSettings> settings) {
		return SslCustomizer.of(PoolConfiguration.ofDefault(properties), bundles, settings);
	}

	@Bean
	@ConditionalOnMissingBean
	PoolLog databasePoolLog() {
		return new PoolLog();
	}

	@Bean
	@ConditionalOnMissingBean
	SlowOperationLog databasePoolSlowOperationLog(DatabasePoolProperties properties) {
		return new SlowOperationLog(properties.slowOperationThreshold());
	}

	@Bean
	@ConditionalOnMissingBean
	DatabasePoolLifecycle databasePoolLifecycle(PooledClient client, DatabasePoolProperties properties,
			Environment environment) {
		return new DatabasePoolLifecycle(client, DrainTimeout.of(properties, environment));
	}

	/**
	 * Keeps the keys from the actuator's answers, even where it is told to show values.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(SanitizingFunction.class)
	static class SanitizingConfiguration {

		@Bean
		SanitizingFunction databasePoolSanitizingFunction(ObjectProvider<PooledClient> client) {
			return new KeySanitizer(client);
		}

	}

}
