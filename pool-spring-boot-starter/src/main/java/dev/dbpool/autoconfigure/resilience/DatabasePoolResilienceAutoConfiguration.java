package dev.dbpool.autoconfigure.resilience;

import java.util.Optional;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PoolInstances;
import dev.dbpool.client.Operation;
import dev.dbpool.pool.PoolOptions;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of admission by rate limiter and bulkhead, outermost, of retry, of
 * the wait that a server asks for, and of a circuit breaker around each attempt. Those of
 * Resilience4j are instances of its registries: {@code databasePool} for the default
 * pool, {@code databasePool-<name>} for any other. Rate limiter and bulkhead are off
 * unless such an instance is configured.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class,
		afterName = { "io.github.resilience4j.springboot.bulkhead.autoconfigure.BulkheadAutoConfiguration",
				"io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration",
				"io.github.resilience4j.springboot.ratelimiter.autoconfigure.RateLimiterAutoConfiguration",
				"io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration" })
@Import(InstanceCustomizersRegistrar.class)
public final class DatabasePoolResilienceAutoConfiguration {

	static final String INSTANCE = PoolInstances.name(DatabasePool.DEFAULT);

	static final int ADMISSION_ORDER = Ordered.HIGHEST_PRECEDENCE + 500;

	static final int RETRY_ORDER = Ordered.HIGHEST_PRECEDENCE + 1000;

	static final int RETRY_AFTER_ORDER = RETRY_ORDER + 500;

	static final int CIRCUIT_BREAKER_ORDER = RETRY_ORDER + 1000;

	DatabasePoolResilienceAutoConfiguration() {
	}

	@Bean
	@Order(RETRY_AFTER_ORDER)
	@ConditionalOnMissingBean
	RetryAfterInterceptor databasePoolRetryAfter(DatabasePools pools) {
		return new RetryAfterInterceptor((operation) -> waitingLane(operation, pools), Schedulers.parallel(),
				pools.closing());
	}

	@Bean
	@ConditionalOnMissingBean
	ReplicaBreakers databasePoolReplicaBreakers(DatabasePools pools) {
		return new ReplicaBreakers(pools);
	}

	@Bean
	SmartInitializingSingleton databasePoolReplicaBreakerLog(ReplicaBreakers replicas) {
		return replicas::logChanges;
	}

	/**
	 * Returns the options of the lane of an operation that may be repeated, and may
	 * therefore wait.
	 */
	private static Optional<PoolOptions> waitingLane(Operation operation, DatabasePools pools) {
		int retries = operation.retries().orElseGet(() -> pools.properties(operation.pool()).maxRetries());
		return pools.all()
			.stream()
			.filter((pool) -> retries > 0 && pool.name().equals(operation.pool()))
			.findFirst()
			.map((pool) -> pool.client().pool(operation.lane()).options());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RateLimiterRegistry.class, BulkheadRegistry.class })
	static class AdmissionConfiguration {

		@Bean
		@Order(ADMISSION_ORDER)
		@ConditionalOnMissingBean
		AdmissionInterceptor databasePoolAdmission(ObjectProvider<RateLimiterRegistry> rateLimiters,
				ObjectProvider<BulkheadRegistry> bulkheads, ObjectProvider<AdmissionKeyResolver> keys,
				DatabasePools pools) {
			return new AdmissionInterceptor(rateLimiters.getIfAvailable(), bulkheads.getIfAvailable(),
					keys.getIfAvailable(), pools.closing());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RetryRegistry.class)
	@ConditionalOnBean(RetryRegistry.class)
	static class RetryConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "databasePoolRetryCustomizer")
		RetryConfigCustomizer databasePoolRetryCustomizer() {
			return AttemptFailures.retryCustomizer(INSTANCE);
		}

		@Bean
		@ConditionalOnMissingBean
		RetryBudgets databasePoolRetryBudgets(DatabasePools pools) {
			return new RetryBudgets((pool) -> pools.properties(pool).retryBudget());
		}

		@Bean
		@Order(RETRY_ORDER)
		@ConditionalOnMissingBean
		RetryInterceptor databasePoolRetry(RetryRegistry registry, RetryBudgets budgets,
				ObjectProvider<RetryClassifier> classifier, DatabasePools pools) {
			return new RetryInterceptor(registry, budgets,
					classifier.getIfAvailable(() -> (operation, failure) -> RetryClassifier.Decision.DEFAULT),
					pools.closing());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CircuitBreakerRegistry.class)
	@ConditionalOnBean(CircuitBreakerRegistry.class)
	static class CircuitBreakerConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "databasePoolCircuitBreakerCustomizer")
		CircuitBreakerConfigCustomizer databasePoolCircuitBreakerCustomizer() {
			return AttemptFailures.circuitBreakerCustomizer(INSTANCE);
		}

		@Bean
		@ConditionalOnMissingBean
		DatabasePoolCircuitBreakers databasePoolCircuitBreakers(CircuitBreakerRegistry registry) {
			return new DatabasePoolCircuitBreakers(registry, Schedulers.parallel());
		}

		@Bean
		@Order(CIRCUIT_BREAKER_ORDER)
		@ConditionalOnMissingBean
		CircuitBreakerInterceptor databasePoolCircuitBreaker(DatabasePoolCircuitBreakers breakers,
				DatabasePools pools) {
			return new CircuitBreakerInterceptor(breakers, (operation) -> waitingLane(operation, pools),
					pools.closing());
		}

	}

}
