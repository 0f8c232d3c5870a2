package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import dev.dbpool.pool.PoolOptions.LeakAction;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

class DatabasePoolPropertiesTests {

	@Test
	void environmentVariablesBindWithBareNumbersAsMilliseconds() {
		DatabasePoolProperties properties = bindEnvironment(Map.ofEntries(Map.entry("DB_POOL_MIN_CONNECTIONS", "3"),
				Map.entry("DB_POOL_MAX_CONNECTIONS", "30"), Map.entry("DB_POOL_CONNECTION_TIMEOUT", "15000"),
				Map.entry("DB_POOL_IDLE_TIMEOUT", "60000"), Map.entry("DB_POOL_MAX_RETRIES", "7"),
				Map.entry("DB_POOL_RETRY_DELAY", "250"), Map.entry("DB_POOL_HEALTH_CHECK_INTERVAL", "10000"),
				Map.entry("DB_POOL_LEAK_DETECTION_TIMEOUT", "90000"), Map.entry("DB_POOL_ENABLE_METRICS", "false"),
				Map.entry("DB_POOL_ENABLE_HEALTH_CHECKS", "false"), Map.entry("DB_POOL_READ_MAX_CONNECTIONS", "25"),
				Map.entry("DB_POOL_ANON_KEY", "none"), Map.entry("DB_POOL_LEAK_ACTION", "LOG"),
				Map.entry("DB_POOL_EMBEDDED_SCRIPTS", "a.sql,b.sql")));
		assertThat(properties.minConnections()).isEqualTo(3);
		assertThat(properties.maxConnections()).isEqualTo(30);
		assertThat(properties.connectionTimeout()).isEqualTo(Duration.ofSeconds(15));
		assertThat(properties.idleTimeout()).isEqualTo(Duration.ofMinutes(1));
		assertThat(properties.maxRetries()).isEqualTo(7);
		assertThat(properties.retryDelay()).isEqualTo(Duration.ofMillis(250));
		assertThat(properties.healthCheckInterval()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.leakDetectionTimeout()).isEqualTo(Duration.ofSeconds(90));
		assertThat(properties.enableMetrics()).isFalse();
		assertThat(properties.enableHealthChecks()).isFalse();
		assertThat(properties.read().maxConnections()).isEqualTo(25);
		assertThat(properties.anonKey()).isEqualTo("none");
		assertThat(properties.leakAction()).isEqualTo(LeakAction.LOG);
		assertThat(properties.embedded().scripts()).containsExactly("a.sql", "b.sql");
	}

	@Test
	void aBlankSchemaIsNone() {
		assertThat(bindEnvironment(Map.of("DB_POOL_SCHEMA", " ")).schema()).isNull();
		assertThat(bindEnvironment(Map.of("DB_POOL_SCHEMA", "shop")).schema()).isEqualTo("shop");
	}

	@Test
	void toStringHoldsNoKey() {
		assertThat(bindEnvironment(Map.of("DB_POOL_ANON_KEY", "anon-secret", "DB_POOL_SERVICE_ROLE_KEY", "role-secret"))
			.toString()).doesNotContain("secret");
	}

	@Test
	void defaultsOfOthersFollowTheProperties() {
		StandardEnvironment environment = new StandardEnvironment();
		PoolDefaultsEnvironmentPostProcessor.addTo(environment);
		String attempts = "resilience4j.retry.instances.databasePool.max-attempts";
		assertThat(environment.getProperty(attempts)).isEqualTo("4");
		environment.getPropertySources()
			.addFirst(new MapPropertySource("later", Map.of("db.pool.max-retries", "0", "db.pool.retry-delay", "2s")));
		assertThat(environment.getProperty(attempts)).isEqualTo("1");
		assertThat(environment.getProperty("resilience4j.retry.instances.databasePool.wait-duration"))
			.isEqualTo("2000ms");
	}

	private static DatabasePoolProperties bindEnvironment(Map<String, String> variables) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new HashMap<>(variables)));
		ConfigurationPropertySources.attach(environment);
		return PoolBinder.bind(environment, "db.pool");
	}

}
