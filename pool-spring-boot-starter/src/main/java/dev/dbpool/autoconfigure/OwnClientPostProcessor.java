package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Lets the operations of clients that the application built pass the same interceptors
 * and listeners as those of the configured ones.
 */
final class OwnClientPostProcessor implements BeanPostProcessor {

	private final ObjectProvider<PooledClientBuilderConfigurer> configurer;

	OwnClientPostProcessor(ObjectProvider<PooledClientBuilderConfigurer> configurer) {
		this.configurer = configurer;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof PooledClient client) ? instrumented(client, beanName) : bean;
	}

	private PooledClient instrumented(PooledClient client, String beanName) {
		PooledClientBuilderConfigurer integration = this.configurer.getObject();
		return PooledClientBuilder.instrument(client, PoolNames.ofBean(beanName), integration.interceptors(),
				integration.listeners());
	}

}
