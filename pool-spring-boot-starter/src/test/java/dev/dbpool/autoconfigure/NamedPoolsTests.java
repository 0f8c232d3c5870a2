package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.metrics.DatabasePoolMetricsAutoConfiguration;
import dev.dbpool.autoconfigure.resilience.DatabasePoolCircuitBreakers;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolListener;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Tag("slow")
class NamedPoolsTests {

	private final ApplicationContextRunner namedOnly = new ApplicationContextRunner()
		.withInitializer((context) -> PoolDefaultsEnvironmentPostProcessor.addTo(context.getEnvironment()))
		.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class,
				DatabasePoolHealthAutoConfiguration.class, DatabasePoolMetricsAutoConfiguration.class,
				DatabasePoolResilienceAutoConfiguration.class, CircuitBreakerAutoConfiguration.class,
				RetryAutoConfiguration.class))
		.withPropertyValues("db.pools.orders.url=http://localhost:2", "db.pools.orders.anon-key=none",
				"db.pools.orders.max-connections=8", "db.pools.orders.max-retries=1",
				"db.pools.orders.connection-timeout=200ms");

	private final ApplicationContextRunner runner = this.namedOnly.withPropertyValues("db.pool.url=http://localhost:1",
			"db.pool.anon-key=none");

	@Test
	void eachPoolHasAClientOfItsOwnAndTheDefaultOneIsPrimary() {
		this.runner.withUserConfiguration(Clients.class).run((context) -> {
			Clients clients = context.getBean(Clients.class);
			assertThat(clients.primary.restRoot()).isEqualTo(URI.create("http://localhost:1/rest/v1"));
			assertThat(clients.orders.restRoot()).isEqualTo(URI.create("http://localhost:2/rest/v1"));
			assertThat(clients.primary.pool(Lane.READ).options().maxConnections()).isEqualTo(10);
			assertThat(clients.orders.pool(Lane.READ).options().maxConnections()).isEqualTo(4);
			assertThat(clients.orders.pool(Lane.READ).options().name()).isEqualTo("orders-read");
		});
	}

	@Test
	void namedPoolsNeedNoDefaultPool() {
		this.namedOnly.run((context) -> assertThat(context).hasNotFailed()
			.hasSingleBean(PooledClient.class)
			.hasBean("ordersPooledClient"));
	}

	@Test
	void namedPoolDoesNotFallBackToTheProjectOfTheDefaultPool() {
		this.runner.withPropertyValues("SUPABASE_URL=http://localhost:1", "db.pools.orders.url=")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("db.pools.orders.url is not set"));
	}

	@Test
	void nameThatMeansTheDefaultPoolIsRefused() {
		this.runner.withPropertyValues("db.pools.default.url=http://localhost:3")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("db.pools.default has the name of the default pool"));
	}

	@ParameterizedTest
	@CsvSource({ "db.pools.Orders_x.url, db.pools.Orders_x has a name that no pool can have",
			"db.pools.Sales.url, db.pools.Sales has a name that no pool can have",
			"db.pools.url, db.pools.url is not below",
			"db.pools.orders.max-conections, 'db.pools.orders.max-connections'",
			"db.pools.orders.embedded.scripts, db.pools.orders.embedded is set" })
	void propertyThatBelongsToNoPoolIsRefused(String property, String message) {
		this.runner.withPropertyValues(property + "=7")
			.run((context) -> assertThat(context).getFailure().hasStackTraceContaining(message));
	}

	@Test
	void adminUrlIsThatOfThePoolAlone() {
		this.runner.withPropertyValues("db.pool.admin-url=http://localhost:3001/").run((context) -> {
			DatabasePools pools = context.getBean(DatabasePools.class);
			assertThat(pools.adminUrl("default")).contains(URI.create("http://localhost:3001"));
			assertThat(pools.adminUrl("orders")).isEmpty();
			assertThat(pools.adminUrl("ofTheApplication")).isEmpty();
		});
	}

	@Test
	void valuesOfANamedPoolAreRefusedByTheirFullName() {
		this.runner.withPropertyValues("db.pools.orders.min-connections=9")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("db.pools.orders.min-connections (9) is greater than "
						+ "db.pools.orders.max-connections (8)"));
	}

	@Test
	void messagesOfAClientNameThePropertiesOfItsPool() {
		this.runner.run((context) -> {
			assertThatIllegalStateException()
				.isThrownBy(context.getBean("ordersPooledClient", PooledClient.class)::asService)
				.withMessageContaining("Set db.pools.orders.service-role-key");
			assertThatIllegalStateException().isThrownBy(context.getBean(PooledClient.class)::asService)
				.withMessageContaining("Set db.pool.service-role-key");
		});
	}

	@Test
	void profileOfANamedPoolSetsItsDefaults() {
		this.runner
			.withPropertyValues("db.pools.reports.url=http://localhost:3", "db.pools.reports.anon-key=none",
					"db.pools.reports.profile=high")
			.run((context) -> assertThat(context.getBean("reportsPooledClient", PooledClient.class)
				.pool(Lane.WRITE)
				.options()
				.maxConnections()).isEqualTo(25));
	}

	@Test
	void connectionDetailsQualifiedByThePoolReplaceItsProperties() {
		this.runner.withUserConfiguration(OrdersDetails.class).run((context) -> {
			assertThat(context.getBean("ordersPooledClient", PooledClient.class).restRoot().getPort()).isEqualTo(4);
			assertThat(context.getBean(PooledClient.class).restRoot().getPort()).isEqualTo(1);
		});
	}

	@Test
	void healthOfSeveralPoolsIsCompositeByName() {
		this.runner.run((context) -> {
			CompositeReactiveHealthContributor composite = (CompositeReactiveHealthContributor) context
				.getBean("databasePoolHealthContributor");
			assertThat(composite.stream().map((entry) -> entry.name())).containsExactlyInAnyOrder("default", "orders");
		});
	}

	@Test
	void healthOfASinglePoolIsFlat() {
		this.namedOnly.run((context) -> assertThat(context.getBean("databasePoolHealthContributor"))
			.isInstanceOf(ReactiveHealthIndicator.class));
	}

	@Test
	void poolWithoutHealthChecksHasNoHealth() {
		this.runner.withPropertyValues("db.pools.orders.enable-health-checks=false")
			.run((context) -> assertThat(context.getBean(ReactiveHealthContributor.class))
				.isInstanceOf(ReactiveHealthIndicator.class));
	}

	@Test
	void metersAreTaggedWithThePool() {
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			context.getBeansOfType(MeterBinder.class).values().forEach((binder) -> binder.bindTo(registry));
			assertThat(registry.get("dbpool.connections.max").tags("pool", "orders", "lane", "read").gauge().value())
				.isEqualTo(4);
			assertThat(registry.get("dbpool.connections.max").tags("pool", "default", "lane", "read").gauge().value())
				.isEqualTo(10);
			failToRead(context.getBean("ordersPooledClient", PooledClient.class));
			assertThat(registry.get("dbpool.operations").tags("pool", "orders").timer().count()).isEqualTo(1);
		});
	}

	@Test
	void eachPoolHasARetryAndABreakerOfItsOwn() {
		this.runner
			.withPropertyValues("resilience4j.circuitbreaker.instances.databasePool-orders.sliding-window-size=9")
			.run((context) -> {
				var retries = context.getBean(RetryRegistry.class);
				assertThat(retries.retry("databasePool-orders").getRetryConfig().getMaxAttempts()).isEqualTo(2);
				assertThat(retries.retry("databasePool").getRetryConfig().getMaxAttempts()).isEqualTo(4);
				var breaker = context.getBean(CircuitBreakerRegistry.class).circuitBreaker("databasePool-orders");
				assertThat(breaker.getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(9);
				assertThat(breaker.getCircuitBreakerConfig().getFailureRateThreshold()).isEqualTo(100);
				assertThat(breaker.getCircuitBreakerConfig().getRecordExceptionPredicate().test(new RuntimeException()))
					.isFalse();
				breaker.transitionToForcedOpenState();
				assertThat(context.getBean(DatabasePoolCircuitBreakers.class).of("default").state())
					.hasToString("CLOSED");
				assertThatExceptionOfType(DataAccessException.class)
					.isThrownBy(() -> context.getBean("ordersPooledClient", PooledClient.class)
						.blocking()
						.from("items")
						.select()
						.list(Map.class))
					.withMessageContaining("databasePool-orders");
			});
	}

	@Test
	void callbacksNameThePool() {
		this.runner.withUserConfiguration(Callbacks.class)
			.withPropertyValues("db.pool.enable-health-checks=false", "db.pools.orders.enable-health-checks=false")
			.run((context) -> {
				Callbacks callbacks = context.getBean(Callbacks.class);
				assertThat(callbacks.built).containsExactlyInAnyOrder("default", "orders");
				assertThat(callbacks.lanes).containsExactlyInAnyOrder("default read", "default write", "orders read",
						"orders write");
				failToRead(context.getBean("ordersPooledClient", PooledClient.class));
				assertThat(callbacks.operations).containsOnly("orders");
			});
	}

	@Test
	void allPoolsEndWithTheApplication() {
		this.runner.run((context) -> {
			List<PooledClient> clients = List.copyOf(context.getBeansOfType(PooledClient.class).values());
			context.close();
			assertThat(clients).hasSize(2)
				.allSatisfy((client) -> assertThatExceptionOfType(DataAccessException.class)
					.isThrownBy(() -> client.blocking().from("items").select().list(Map.class))
					.withMessageContaining("closed"));
		});
	}

	private static void failToRead(PooledClient client) {
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.within(Duration.ofSeconds(5)).blocking().from("items").select().list(Map.class));
	}

	@Configuration(proxyBeanMethods = false)
	static class Clients {

		private final PooledClient primary;

		private final PooledClient orders;

		@Autowired
		Clients(PooledClient primary, @Qualifier("orders") PooledClient orders) {
			this.primary = primary;
			this.orders = orders;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OrdersDetails {

		@Bean(defaultCandidate = false)
		@Qualifier("orders")
		DatabasePoolConnectionDetails details() {
			return new DatabasePoolConnectionDetails() {

				@Override
				public URI getUrl() {
					return URI.create("http://localhost:4");
				}

				@Override
				public String getAnonKey() {
					return "a.b.c";
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Callbacks {

		private final List<String> built = new CopyOnWriteArrayList<>();

		private final List<String> lanes = new CopyOnWriteArrayList<>();

		private final List<String> operations = new CopyOnWriteArrayList<>();

		@Bean
		PooledClientBuilderCustomizer recordingCustomizer() {
			return (builder) -> this.built.add(builder.name());
		}

		@Bean
		OperationListener recordingListener() {
			return (outcome) -> this.operations.add(outcome.operation().pool());
		}

		@Bean
		LanePoolListener recordingPoolListener() {
			return new LanePoolListener() {

				@Override
				public PoolListener forLane(Lane lane) {
					throw new AssertionError("the pool is named");
				}

				@Override
				public PoolListener forLane(String pool, Lane lane) {
					Callbacks.this.lanes.add(pool + " " + lane.id());
					return new PoolListener() {
					};
				}

			};
		}

	}

}
