package dev.dbpool.autoconfigure.resilience;

import java.util.function.Predicate;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;
import io.github.resilience4j.retry.RetryRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of retry, outermost, and a circuit breaker around each attempt.
 * Both are instances called {@code databasePool} of Resilience4j's registries.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class,
		afterName = { "io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration",
				"io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration" })
public final class DatabasePoolResilienceAutoConfiguration {

	static final String INSTANCE = "databasePool";

	static final int RETRY_ORDER = Ordered.HIGHEST_PRECEDENCE + 1000;

	static final int CIRCUIT_BREAKER_ORDER = RETRY_ORDER + 1000;

	DatabasePoolResilienceAutoConfiguration() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RetryRegistry.class)
	@ConditionalOnBean(RetryRegistry.class)
	static class RetryConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "databasePoolRetryCustomizer")
		@SuppressWarnings("unchecked")
		RetryConfigCustomizer databasePoolRetryCustomizer() {
			Predicate<Throwable> retryable = AttemptFailures::isRetryable;
			return RetryConfigCustomizer.of(INSTANCE, (retry) -> retry.retryOnException(retryable));
		}

		@Bean
		@Order(RETRY_ORDER)
		@ConditionalOnMissingBean
		RetryInterceptor databasePoolRetry(RetryRegistry registry) {
			return new RetryInterceptor(registry.retry(INSTANCE));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CircuitBreakerRegistry.class)
	@ConditionalOnBean(CircuitBreakerRegistry.class)
	static class CircuitBreakerConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "databasePoolCircuitBreakerCustomizer")
		CircuitBreakerConfigCustomizer databasePoolCircuitBreakerCustomizer() {
			return CircuitBreakerConfigCustomizer.of(INSTANCE,
					(breaker) -> breaker.recordException(AttemptFailures::countsAgainstServer)
						.ignoreException(AttemptFailures::saysNothingAboutServer));
		}

		@Bean
		@ConditionalOnMissingBean
		DatabasePoolCircuitBreaker databasePoolCircuitBreakerAccess(CircuitBreakerRegistry registry) {
			return new DatabasePoolCircuitBreaker(registry.circuitBreaker(INSTANCE));
		}

		@Bean
		@Order(CIRCUIT_BREAKER_ORDER)
		@ConditionalOnMissingBean
		CircuitBreakerInterceptor databasePoolCircuitBreaker(DatabasePoolCircuitBreaker breaker) {
			return new CircuitBreakerInterceptor(breaker);
		}

	}

}
