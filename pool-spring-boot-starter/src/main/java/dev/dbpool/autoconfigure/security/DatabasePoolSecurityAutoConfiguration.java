package dev.dbpool.autoconfigure.security;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PooledClientBuilderCustomizer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} that lets the client of a pool act as the user who is signed in
 * with Spring Security. Off unless the pool's property {@code pass-through-user} is set.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class)
@ConditionalOnClass({ SecurityContext.class, Jwt.class })
public final class DatabasePoolSecurityAutoConfiguration {

	DatabasePoolSecurityAutoConfiguration() {
	}

	private static PooledClientBuilderCustomizer customizer(DatabasePools pools, SignedInUser user) {
		return (builder) -> {
			if (pools.properties(builder.name()).passThroughUser()) {
				builder.signedInUser(user);
			}
		};
	}

	/**
	 * In a reactive application the user is in the context of the subscriber only: what a
	 * thread holds may be another user's.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		PooledClientBuilderCustomizer databasePoolSignedInUserCustomizer(DatabasePools pools) {
			return customizer(pools, SignedInUser.ofSubscriber());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Conditional(NotReactiveCondition.class)
	static class ThreadConfiguration {

		@Bean
		PooledClientBuilderCustomizer databasePoolSignedInUserCustomizer(DatabasePools pools) {
			return customizer(pools, SignedInUser.ofSubscriberOrThread());
		}

	}

	static final class NotReactiveCondition extends NoneNestedConditions {

		NotReactiveCondition() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
		static class Reactive {

		}

	}

}
