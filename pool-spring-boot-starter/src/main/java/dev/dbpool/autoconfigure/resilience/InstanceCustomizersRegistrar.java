package dev.dbpool.autoconfigure.resilience;

import dev.dbpool.autoconfigure.PoolInstances;
import dev.dbpool.autoconfigure.DatabasePool;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers what makes the instances of each named pool judge failures as those of the
 * default pool do.
 */
final class InstanceCustomizersRegistrar implements BeanRegistrar {

	InstanceCustomizersRegistrar() {
	}

	@Override
	public void register(BeanRegistry registry, Environment environment) {
		registerReplicas(registry, environment, DatabasePool.DEFAULT);
		for (String pool : PoolInstances.named(environment)) {
			String instance = PoolInstances.name(pool);
			if (instance.equals(DatabasePoolResilienceAutoConfiguration.INSTANCE)) {
				continue;
			}
			registerReplicas(registry, environment, pool);
			registry.registerBean(instance + "RetryCustomizer", RetryConfigCustomizer.class,
					(spec) -> spec.supplier((context) -> AttemptFailures.retryCustomizer(instance)));
			registry.registerBean(instance + "CircuitBreakerCustomizer", CircuitBreakerConfigCustomizer.class,
					(spec) -> spec.supplier((context) -> AttemptFailures.circuitBreakerCustomizer(instance)));
		}
	}

	private static void registerReplicas(BeanRegistry registry, Environment environment, String pool) {
		for (String replica : PoolInstances.replicas(environment, pool)) {
			registry.registerBean(replica + "CircuitBreakerCustomizer", CircuitBreakerConfigCustomizer.class,
					(spec) -> spec.supplier((context) -> AttemptFailures.replicaCustomizer(replica)));
		}
	}

}
