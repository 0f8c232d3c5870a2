package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.autoconfigure.embedded.EmbeddedPostgrestAutoConfiguration;
import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.metrics.DatabasePoolMetricsAutoConfiguration;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * Clients that the application builds get what the configured ones have.
 */
@Tag("slow")
class OwnClientsTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withInitializer((context) -> PoolDefaultsEnvironmentPostProcessor.addTo(context.getEnvironment()))
		.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class,
				EmbeddedPostgrestAutoConfiguration.class, DatabasePoolHealthAutoConfiguration.class,
				DatabasePoolMetricsAutoConfiguration.class, DatabasePoolResilienceAutoConfiguration.class,
				CircuitBreakerAutoConfiguration.class, RetryAutoConfiguration.class))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
		.withPropertyValues("db.pool.max-retries=0");

	@Test
	void twoClientsStart() {
		this.runner.withUserConfiguration(TwoClients.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean("databasePoolHealthContributor", CompositeReactiveHealthContributor.class)
				.stream()
				.map((entry) -> entry.name())).containsExactlyInAnyOrder("first", "second");
			assertThat(context.getBean(DatabasePools.class).all()).extracting(DatabasePool::name)
				.containsExactly("first", "second");
		});
	}

	@Test
	void operationsOfAnOwnClientAreMeasuredAndPassItsBreaker() {
		this.runner.withUserConfiguration(TwoClients.class).run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			context.getBeansOfType(MeterBinder.class).values().forEach((binder) -> binder.bindTo(registry));
			PooledClient second = context.getBean("second", PooledClient.class);
			failToRead(second);
			assertThat(registry.get("dbpool.operations").tags("pool", "second").timer().count()).isEqualTo(1);
			assertThat(registry.get("dbpool.connections.max").tags("pool", "second", "lane", "read").gauge().value())
				.isPositive();
			var breaker = context.getBean(CircuitBreakerRegistry.class).circuitBreaker("databasePool-second");
			assertThat(breaker.getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(5);
			breaker.transitionToForcedOpenState();
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> second.blocking().from("items").select().list(Map.class))
				.withMessageContaining("databasePool-second");
			assertThat(context.getBean(DatabasePoolCircuitBreakers.class).of("first").state()).hasToString("CLOSED");
		});
	}

	@Test
	void interceptorsAreAddedOnceAroundTheInterceptorsOfTheClient() {
		this.runner.withUserConfiguration(ConfiguredClient.class).run((context) -> {
			failToRead(context.getBean(PooledClient.class));
			assertThat(context.getBean(ConfiguredClient.class).calls).containsExactly("bean reports", "own reports");
		});
	}

	@Test
	void configurerAppliesThePropertiesAndWhatIsSetAfterwardsTakesPrecedence() {
		this.runner.withUserConfiguration(ConfiguredClient.class)
			.withPropertyValues("db.pool.max-connections=12", "db.pool.min-connections=0")
			.run((context) -> {
				var options = context.getBean(PooledClient.class).pool(Lane.READ).options();
				assertThat(options.maxConnections()).isEqualTo(3);
				assertThat(options.minConnections()).isZero();
				assertThat(context.getBean(PooledClient.class).pool(Lane.WRITE).options().maxConnections())
					.isEqualTo(6);
			});
	}

	@Test
	void clientThatIsNoDefaultCandidateLeavesTheConfiguredOne() {
		this.runner.withUserConfiguration(AdditionalClient.class)
			.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none")
			.run((context) -> {
				assertThat(context.getBean(PooledClient.class).restRoot().getPort()).isEqualTo(1);
				assertThat(context.getBean(DatabasePools.class).all()).extracting(DatabasePool::name)
					.containsExactlyInAnyOrder("default", "reports");
			});
	}

	@Test
	void twoClientsOfOneNameAreRefused() {
		this.runner.withUserConfiguration(SameNames.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("'orders' and 'ordersPooledClient' are both clients of a pool called 'orders'"));
	}

	@Test
	void mockedClientStarts() {
		this.runner.withUserConfiguration(MockedClient.class).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(PooledClient.class);
			assertThat(context.getBeansOfType(ReactiveHealthContributor.class)).isEmpty();
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			context.getBeansOfType(MeterBinder.class).values().forEach((binder) -> binder.bindTo(registry));
		});
	}

	@Test
	void clientOfAParentContextOutlivesItsChildren() {
		new ApplicationContextRunner().withUserConfiguration(ConfiguredElsewhere.class).run((parent) -> {
			PooledClient shared = parent.getBean(PooledClient.class);
			this.runner.withParent(parent)
				.run((child) -> assertThat(child.getBean(DatabasePools.class).all()).extracting(DatabasePool::client)
					.containsExactly(shared));
			this.runner.withParent(parent)
				.withBean("admin", PooledClient.class, () -> shared.named("admin"),
						(definition) -> definition.setDestroyMethodName(""))
				.run((child) -> assertThat(child.getBean(DatabasePools.class).all()).hasSize(1));
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> shared.blocking().from("items").select().list(Map.class))
				.withMessageNotContaining("closed");
		});
	}

	@Test
	void clientOfAChildIsDrainedWithTheChild() {
		ApplicationContextRunner both = this.runner.withPropertyValues("db.pool.url=http://localhost:1",
				"db.pool.anon-key=none");
		both.run((parent) -> {
			try (LogLines lines = LogLines.of(DatabasePoolLifecycle.class.getName())) {
				both.withParent(parent)
					.withUserConfiguration(AdditionalClient.class)
					.run((child) -> assertThat(child).hasBean("reports"));
				assertThat(lines.get()).contains("INFO Database pool 'reports' is closed")
					.doesNotContain("INFO Database pool is closed");
			}
		});
	}

	private static void failToRead(PooledClient client) {
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.blocking().from("items").select().list(Map.class));
	}

	private static PooledClientBuilder builder(int port) {
		return PooledClient.builder(URI.create("http://localhost:" + port), ApiKeys.withoutAnonKey(null));
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoClients {

		@Bean
		@Primary
		PooledClient first() {
			return builder(2).build();
		}

		@Bean
		PooledClient second() {
			return builder(3).lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(200))).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ConfiguredClient {

		private final List<String> calls = new CopyOnWriteArrayList<>();

		@Bean
		PooledClient reports(PooledClientBuilderConfigurer configurer) {
			return configurer.configure(builder(2), "reports")
				.interceptor(recording("own"))
				.lane(Lane.READ, (options) -> options.maxConnections(3).acquireTimeout(Duration.ofMillis(200)))
				.build();
		}

		@Bean
		OperationInterceptor beanInterceptor() {
			return recording("bean");
		}

		private OperationInterceptor recording(String name) {
			return new OperationInterceptor() {

				@Override
				public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
					ConfiguredClient.this.calls.add(0, name + " " + operation.pool());
					return attempt;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ConfiguredElsewhere {

		@Bean
		PooledClient shared() {
			return builder(2).lane(Lane.READ, (options) -> options.acquireTimeout(Duration.ofMillis(200))).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AdditionalClient {

		@Bean(defaultCandidate = false)
		@Qualifier("reports")
		PooledClient reports() {
			return builder(2).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SameNames {

		@Bean
		@Primary
		PooledClient orders() {
			return builder(2).build();
		}

		@Bean
		PooledClient ordersPooledClient() {
			return builder(3).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MockedClient {

		@Bean
		PooledClient mocked() {
			return mock(PooledClient.class);
		}

	}

}
