package dev.dbpool.autoconfigure;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.Environment;

/**
 * Qualifies the client of each named pool by the pool's name. A {@code BeanRegistrar}
 * cannot, and its bean definitions must have no qualifier while they are AOT-processed;
 * this post-processor runs in the processed application again.
 */
final class NamedPoolQualifiers implements BeanFactoryPostProcessor {

	private final Environment environment;

	NamedPoolQualifiers(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return;
		}
		for (String name : PoolNames.named(this.environment)) {
			String bean = PoolNames.beanName(name);
			if (beanFactory.containsBeanDefinition(bean)) {
				BeanDefinition definition = beanFactory.getBeanDefinition(bean);
				((AbstractBeanDefinition) definition)
					.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
			}
		}
	}

}
