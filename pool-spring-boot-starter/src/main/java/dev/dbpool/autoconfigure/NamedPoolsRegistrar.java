package dev.dbpool.autoconfigure;

import dev.dbpool.client.PooledClient;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers a client for each pool below {@code db.pools}. Runs at run time in an
 * AOT-processed application, too, so that the names may be given then.
 */
final class NamedPoolsRegistrar implements BeanRegistrar {

	NamedPoolsRegistrar() {
	}

	@Override
	public void register(BeanRegistry registry, Environment environment) {
		for (String name : PoolNames.named(environment)) {
			PoolNames.validate(name);
			registry.registerBean(PoolNames.beanName(name), PooledClient.class,
					(spec) -> spec.supplier((context) -> context.bean(ConfiguredClients.class).build(name)));
		}
	}

}
