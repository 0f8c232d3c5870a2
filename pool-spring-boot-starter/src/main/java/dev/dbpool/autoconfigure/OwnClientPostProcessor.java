package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;
import org.jspecify.annotations.Nullable;

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

	/**
	 * Returns the instrumented client, or the client itself if it does not know how to be
	 * instrumented, as a mock.
	 */
	private PooledClient instrumented(PooledClient client, String beanName) {
		PooledClientBuilderConfigurer integration = this.configurer.getObject();
		@Nullable PooledClient view = client.instrumented(PoolNames.ofBean(beanName), integration.interceptors(),
				integration.listeners());
		return (view != null) ? view : client;
	}

}
