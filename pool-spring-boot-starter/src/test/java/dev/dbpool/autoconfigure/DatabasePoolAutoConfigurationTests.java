package dev.dbpool.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.autoconfigure.activity.DatabasePoolActivityAutoConfiguration;
import dev.dbpool.autoconfigure.alert.DatabasePoolAlertAutoConfiguration;
import dev.dbpool.autoconfigure.dashboard.DatabasePoolDashboardAutoConfiguration;
import dev.dbpool.autoconfigure.embedded.EmbeddedPostgrestAutoConfiguration;
import dev.dbpool.autoconfigure.endpoint.DatabasePoolEndpointAutoConfiguration;
import dev.dbpool.autoconfigure.health.DatabasePoolHealthAutoConfiguration;
import dev.dbpool.autoconfigure.metrics.DatabasePoolMetricsAutoConfiguration;
import dev.dbpool.autoconfigure.resilience.DatabasePoolResilienceAutoConfiguration;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Lane;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.PooledClient;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@ExtendWith(OutputCaptureExtension.class)
@Tag("slow")
class DatabasePoolAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withInitializer((context) -> PoolDefaultsEnvironmentPostProcessor.addTo(context.getEnvironment()))
		.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class, WebClientAutoConfiguration.class,
				EmbeddedPostgrestAutoConfiguration.class, DatabasePoolHealthAutoConfiguration.class,
				DatabasePoolMetricsAutoConfiguration.class, DatabasePoolResilienceAutoConfiguration.class,
				CircuitBreakerAutoConfiguration.class, RetryAutoConfiguration.class,
				DatabasePoolActivityAutoConfiguration.class, DatabasePoolAlertAutoConfiguration.class))
		.withPropertyValues("db.pool.url=http://localhost:1", "db.pool.anon-key=none");

	@Test
	void clientIsMadeOfTheProperties() {
		this.runner
			.withPropertyValues("db.pool.max-connections=8", "db.pool.min-connections=0", "db.pool.max-pending=9",
					"db.pool.connection-timeout=3s", "db.pool.idle-timeout=4s", "db.pool.max-lifetime=5s",
					"db.pool.keep-alive-interval=6s", "db.pool.leak-detection-timeout=17s", "db.pool.leak-action=log",
					"db.pool.release-timeout=8s", "db.pool.connection-choice=least-recently-used")
			.run((context) -> {
				PoolOptions options = context.getBean(PooledClient.class).pool(Lane.READ).options();
				assertThat(options.maxConnections()).isEqualTo(4);
				assertThat(options.minConnections()).isZero();
				assertThat(options.maxPending()).isEqualTo(9);
				assertThat(options.acquireTimeout()).isEqualTo(Duration.ofSeconds(3));
				assertThat(options.idleTimeout()).isEqualTo(Duration.ofSeconds(4));
				assertThat(options.maxLifetime()).isEqualTo(Duration.ofSeconds(5));
				assertThat(options.keepAliveInterval()).isEqualTo(Duration.ofSeconds(6));
				assertThat(options.leakDetectionTimeout()).isEqualTo(Duration.ofSeconds(17));
				assertThat(options.leakAction()).hasToString("LOG");
				assertThat(options.connectionChoice()).isEqualTo(ConnectionChoice.LEAST_RECENTLY_USED);
				assertThat(options.releaseTimeout()).isEqualTo(Duration.ofSeconds(8));
			});
	}

	@Test
	void leasesTheHottestConnectionByDefault() {
		this.runner.run((
				context) -> assertThat(context.getBean(PooledClient.class).pool(Lane.READ).options().connectionChoice())
					.isEqualTo(ConnectionChoice.HOTTEST));
	}

	@Test
	void aHundredCallersMayWaitForEachConnectionByDefault() {
		this.runner
			.run((context) -> assertThat(context.getBean(PooledClient.class).pool(Lane.WRITE).options().maxPending())
				.isEqualTo(1000));
	}

	@Test
	void serviceIdentityWithoutKeyIsRefusedAtUse() {
		this.runner.run((context) -> assertThatIllegalStateException()
			.isThrownBy(() -> context.getBean(PooledClient.class).asService())
			.withMessageContaining("db.pool.service-role-key"));
	}

	@Test
	void backsOffFromAClient() {
		this.runner.withUserConfiguration(OwnClient.class)
			.run((context) -> assertThat(context).hasSingleBean(PooledClient.class)
				.getBean("own")
				.isSameAs(context.getBean(PooledClient.class)));
	}

	@Test
	void ownClientNeedsNeitherUrlNorKey() {
		this.runner.withUserConfiguration(OwnClient.class)
			.withPropertyValues("db.pool.url=", "db.pool.anon-key=", "db.pool.embedded.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("databasePoolHealthContributor")
				.getBean(DatabasePoolLifecycle.class)
				.satisfies((lifecycle) -> assertThat(lifecycle.isRunning()).isTrue()));
	}

	@Test
	void ownClientStartsNoEmbeddedServer() {
		this.runner.withUserConfiguration(OwnClient.class)
			.withPropertyValues("db.pool.url=", "db.pool.anon-key=")
			.run((context) -> assertThat(context.getBeanFactory().containsSingleton("embeddedPostgrest")).isFalse());
	}

	@Test
	void backsOffFromConnectionDetails() {
		this.runner.withUserConfiguration(OwnDetails.class)
			.run((context) -> assertThat(context).hasSingleBean(DatabasePoolConnectionDetails.class)
				.doesNotHaveBean(PropertiesConnectionDetails.class));
	}

	@Test
	void customizersAreCalledInOrderAfterTheProperties() {
		this.runner.withUserConfiguration(Customizers.class).run((context) -> {
			assertThat(context.getBean(Customizers.class).calls).containsExactly("first", "second");
			PoolOptions options = context.getBean(PooledClient.class).pool(Lane.READ).options();
			assertThat(options.maxConnections()).isEqualTo(6);
			assertThat(options.minConnections()).isEqualTo(3);
		});
	}

	@Test
	void eventLoopsAreThoseOfTheContext() {
		this.runner.withUserConfiguration(OwnEventLoops.class).run((context) -> {
			CompletableFuture<String> thread = new CompletableFuture<>();
			context.getBean(PooledClient.class)
				.pool(Lane.READ)
				.options()
				.executor()
				.execute(() -> thread.complete(Thread.currentThread().getName()));
			assertThat(thread.join()).startsWith("own-loops");
		});
	}

	@Test
	void otherWebClientsAreLeftAlone() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(ClientHttpConnectorBuilderCustomizer.class));
	}

	@Test
	void retryStandsOutsideOfTheCircuitBreaker() {
		this.runner.run((context) -> assertThat(
				context.getBeanProvider(OperationInterceptor.class).orderedStream().map(Object::getClass))
			.extracting(Class::getSimpleName)
			.containsExactly("AdmissionInterceptor", "RetryInterceptor", "RetryAfterInterceptor",
					"CircuitBreakerInterceptor"));
	}

	@Test
	void userKeysOfResilience4jWinOneByOne() {
		this.runner
			.withPropertyValues("resilience4j.circuitbreaker.instances.databasePool.sliding-window-size=9",
					"resilience4j.circuitbreaker.instances.database-pool.minimumNumberOfCalls=8")
			.run((context) -> {
				var breaker = context.getBean(CircuitBreakerRegistry.class).circuitBreaker("databasePool");
				assertThat(breaker.getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(9);
				assertThat(breaker.getCircuitBreakerConfig().getMinimumNumberOfCalls()).isEqualTo(8);
				assertThat(breaker.getCircuitBreakerConfig().getFailureRateThreshold()).isEqualTo(100);
				assertThat(breaker.getCircuitBreakerConfig().getSlowCallDurationThreshold())
					.isGreaterThan(Duration.ofDays(1));
			});
	}

	@Test
	void drainsBelowThePhasesOfTheWebServer() {
		this.runner.run((context) -> {
			DatabasePoolLifecycle lifecycle = context.getBean(DatabasePoolLifecycle.class);
			assertThat(lifecycle.getPhase()).isEqualTo(SmartLifecycle.DEFAULT_PHASE - 3072);
			assertThat(lifecycle.isPauseable()).isFalse();
			lifecycle.stop();
			assertThatIllegalStateException().isThrownBy(lifecycle::start).withMessageContaining("cannot start again");
		});
	}

	@ParameterizedTest
	@CsvSource({ ",, 25s", "12s,, 7s", "4s,, 2s", ", 3s, 3s", "10s, 9s, 8s", "3s, 1m, 1500ms" })
	void drainTimeoutStaysBelowThePhaseTimeout(String phase, String own, String expected) {
		String phaseTimeout = (phase != null) ? phase : "30s";
		String drainTimeout = (own != null) ? own : "";
		this.runner
			.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=" + phaseTimeout,
					"db.pool.drain-timeout=" + drainTimeout)
			.run((context) -> assertThat(
					DrainTimeout.of(context.getBean(DatabasePools.class).all().get(0), context.getEnvironment()))
				.isEqualTo(DurationStyle.detectAndParse(expected)));
	}

	@Test
	void metersNeedARegistry() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean("databasePoolOperationMeters"));
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertThat(context).hasBean("databasePoolOperationMeters"));
	}

	@Test
	void registersNoMeterOfThePoolWhenMetricsAreDisabled() {
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withPropertyValues("db.pool.enable-metrics=false")
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				context.getBeansOfType(MeterBinder.class).values().forEach((binder) -> binder.bindTo(registry));
				assertThat(registry.getMeters()).extracting((meter) -> meter.getId().getName())
					.noneMatch((name) -> name.startsWith("dbpool"));
			});
	}

	@Test
	void emptyFlagOfTheEmbeddedServerCountsAsNotSet() {
		this.runner.withPropertyValues("db.pool.url=", "db.pool.embedded.enabled=", "db.pool.embedded.scripts=nope.sql")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("db.pool.embedded.scripts names 'nope.sql', which is not on the class path."));
	}

	@Test
	void propertySourcesOfTheApplicationWinOverProfileAndConfigVariable() {
		this.runner.withUserConfiguration(OwnPropertySource.class)
			.withPropertyValues("db.pool.profile=high", "DB_POOL_CONFIG={\"maxRetries\": 5}")
			.run((context) -> {
				DatabasePoolProperties properties = context.getBean(DatabasePoolProperties.class);
				assertThat(properties.maxConnections()).isEqualTo(44);
				assertThat(properties.minConnections()).isEqualTo(10);
				assertThat(properties.maxRetries()).isEqualTo(6);
			});
	}

	@Test
	void misspeltVariableAndSuspiciousValueAreReportedOnce(CapturedOutput output) {
		this.runner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace("systemEnvironment",
						new SystemEnvironmentPropertySource("systemEnvironment",
								Map.of("DB_POOL_MAX_CONECTIONS", "7"))))
			.withPropertyValues("db.pool.connection-timeout=30")
			.run((context) -> assertThat(output)
				.containsOnlyOnce("environment variable DB_POOL_MAX_CONECTIONS is ignored")
				.containsOnlyOnce("db.pool.connection-timeout is 30ms: callers fail unless"));
	}

	@Test
	void severalBuildersWithoutAPrimaryOneLeaveTheCustomizedDefault() {
		this.runner.withUserConfiguration(OwnBuilders.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.getBean(OwnBuilders.class)
				.satisfies((own) -> assertThat(own.customized).isOne()));
	}

	@Test
	void healthFollowsItsProperties() {
		this.runner.run((context) -> assertThat(context).hasBean("databasePoolHealthContributor"));
		this.runner.withPropertyValues("db.pool.enable-health-checks=false")
			.run((context) -> assertThat(context.getBeansOfType(ReactiveHealthContributor.class)).isEmpty());
		for (String name : List.of("databasePool", "database-pool", "databasepool")) {
			this.runner.withPropertyValues("management.health." + name + ".enabled=false")
				.run((context) -> assertThat(context).doesNotHaveBean("databasePoolHealthContributor"));
		}
	}

	@Test
	void startsWithoutActuatorMicrometerAndEmbeddedServer() {
		this.runner
			.withClassLoader(
					new FilteredClassLoader("org.springframework.boot.health", "org.springframework.boot.actuate",
							"io.micrometer.core", "org.HdrHistogram", "dev.dbpool.embedded"))
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(PooledClient.class);
				assertThat(context).doesNotHaveBean("databasePoolHealthContributor")
					.doesNotHaveBean("databasePoolOperationMeters")
					.doesNotHaveBean("databasePoolSanitizingFunction")
					.doesNotHaveBean("databasePoolOperationStatistics")
					.doesNotHaveBean("databasePoolAlerts");
			});
		this.runner.withClassLoader(new FilteredClassLoader("org.HdrHistogram"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("databasePoolHealthContributor")
				.doesNotHaveBean("databasePoolAlerts"));
	}

	@Test
	void endpointAndDashboardNeedExposureAndAccess() {
		ApplicationContextRunner endpoints = this.runner.withConfiguration(AutoConfigurations
			.of(DatabasePoolEndpointAutoConfiguration.class, DatabasePoolDashboardAutoConfiguration.class));
		endpoints.run((context) -> assertThat(context).doesNotHaveBean("databasePoolEndpoint"));
		ApplicationContextRunner exposed = endpoints
			.withPropertyValues("management.endpoints.web.exposure.include=databasepool,pooldashboard");
		exposed.run((context) -> assertThat(context).hasBean("databasePoolEndpoint")
			.doesNotHaveBean("databasePoolDashboardEndpoint"));
		exposed.withPropertyValues("management.endpoint.pooldashboard.access=READ_ONLY")
			.run((context) -> assertThat(context).hasBean("databasePoolDashboardEndpoint"));
	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:own-pool.properties")
	static class OwnPropertySource {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean
		PooledClient own() {
			return PooledClient.builder(URI.create("http://localhost:2"), ApiKeys.withoutAnonKey(null)).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnBuilders {

		private int customized;

		@Bean
		WebClient.Builder plain() {
			return WebClient.builder();
		}

		@Bean
		WebClient.Builder balanced() {
			return WebClient.builder();
		}

		@Bean
		WebClientCustomizer customizer() {
			return (builder) -> this.customized++;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDetails {

		@Bean
		DatabasePoolConnectionDetails details() {
			return new DatabasePoolConnectionDetails() {

				@Override
				public URI getUrl() {
					return URI.create("http://localhost:3");
				}

				@Override
				public String getAnonKey() {
					return "a.b.c";
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnEventLoops {

		@Bean
		ReactorResourceFactory reactorResources() {
			ReactorResourceFactory resources = new ReactorResourceFactory();
			resources.setUseGlobalResources(false);
			resources.setLoopResourcesSupplier(() -> LoopResources.create("own-loops"));
			resources.setShutdownQuietPeriod(Duration.ZERO);
			return resources;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		private final List<String> calls = new ArrayList<>();

		@Bean
		@Order(2)
		PooledClientBuilderCustomizer second() {
			return (builder) -> {
				this.calls.add("second");
				builder.lane(Lane.READ, (options) -> options.maxConnections(6));
			};
		}

		@Bean
		@Order(1)
		PooledClientBuilderCustomizer first() {
			return (builder) -> this.calls.add("first");
		}

	}

}
