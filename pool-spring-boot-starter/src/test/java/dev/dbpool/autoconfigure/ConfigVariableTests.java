package dev.dbpool.autoconfigure;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConfigVariableTests {

	@Test
	void camelCaseAndKebabCaseSetTheSameProperties() {
		DatabasePoolProperties properties = bind("""
				{"maxConnections": 10, "connection-timeout": 5000, "leakAction": "log", "enable-metrics": false,
				 "read": {"maxConnections": 7}, "write": {"min-connections": 1}, "drainTimeout": "3s",
				 "embedded": {"scripts": ["a.sql", "b.sql"], "schemas": "public,shop"}, "schema": null}""");
		assertThat(properties.maxConnections()).isEqualTo(10);
		assertThat(properties.connectionTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(properties.leakAction()).hasToString("LOG");
		assertThat(properties.enableMetrics()).isFalse();
		assertThat(properties.read().maxConnections()).isEqualTo(7);
		assertThat(properties.write().minConnections()).isEqualTo(1);
		assertThat(properties.drainTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(properties.embedded().scripts()).containsExactly("a.sql", "b.sql");
		assertThat(properties.embedded().schemas()).containsExactly("public", "shop");
		assertThat(properties.schema()).isNull();
	}

	@Test
	void individualPropertiesAndVariablesWin() {
		DatabasePoolProperties properties = TestEnvironment.of()
			.variable("DB_POOL_CONFIG", "{\"maxConnections\": 10, \"maxRetries\": 5, \"minConnections\": 1}")
			.variable("DB_POOL_MAX_CONNECTIONS", "12")
			.property("db.pool.max-retries", "6")
			.bind();
		assertThat(properties.maxConnections()).isEqualTo(12);
		assertThat(properties.maxRetries()).isEqualTo(6);
		assertThat(properties.minConnections()).isEqualTo(1);
	}

	@Test
	void originOfAValueIsItsPath() {
		assertThat(PoolBinder
			.property(TestEnvironment.of().variable("DB_POOL_CONFIG", "{\"read\":{\"maxConnections\":7}}").build(),
					"db.pool.read.max-connections")
			.getOrigin()).hasToString("$.read.maxConnections of DB_POOL_CONFIG");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{maxConnections: 10}                               | DB_POOL_CONFIG is not valid JSON, or holds a name twice, at line 1, column 2.
					{"maxRetries": 1, "maxRetries": 2}                 | DB_POOL_CONFIG is not valid JSON, or holds a name twice
					{"maxRetries": 1} x                                | DB_POOL_CONFIG is not valid JSON
					[]                                                 | DB_POOL_CONFIG is not a JSON object.
					"high"                                             | DB_POOL_CONFIG is not a JSON object.
					{"maxConections": 1}                               | DB_POOL_CONFIG sets $.maxConections, which is not a property of the pool. The nearest names are 'maxConnections'
					{"read": {"maxConections": 1}}                     | DB_POOL_CONFIG sets $.read.maxConections, which is not a property of the pool. The nearest names are 'read.maxConnections'
					{"preset": "high"}                                 | The nearest names are 'profile'
					{"read": 5}                                        | $.read of DB_POOL_CONFIG is not an object.
					{"maxRetries": {"read": 1}}                        | $.maxRetries of DB_POOL_CONFIG is an object.
					{"maxRetries": 1, "max-retries": 2}                | DB_POOL_CONFIG sets db.pool.max-retries twice, by $.maxRetries and $.max-retries.
					""")
	void mistakesNameTheVariableAndThePath(String json, String description) {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class).isThrownBy(() -> bind(json))
			.withMessageContaining(description);
	}

	@Test
	void textOfTheVariableIsNotShown() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> bind("{\"anonKey\": abc123}"))
			.satisfies((ex) -> assertThat(ex).message().doesNotContain("abc123"));
	}

	private static DatabasePoolProperties bind(String json) {
		return TestEnvironment.of().variable("DB_POOL_CONFIG", json).bind();
	}

}
