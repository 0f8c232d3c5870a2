package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers the client of the default pool, which is the primary one beside those of
 * named pools.
 */
final class DefaultPoolRegistrar implements BeanRegistrar {

	DefaultPoolRegistrar() {
	}

	@Override
	public void register(BeanRegistry registry, Environment environment) {
		if (PoolNames.hasDefault(environment)) {
			boolean alone = PoolNames.named(environment).isEmpty();
			registry.registerBean(PoolNames.beanName(PoolConfiguration.DEFAULT_POOL), PooledClient.class, (spec) -> {
				spec.supplier((context) -> context.bean(ConfiguredClients.class).build(PoolConfiguration.DEFAULT_POOL));
				if (!alone) {
					spec.primary();
				}
			});
		}
	}

}
