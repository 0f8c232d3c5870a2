package dev.dbpool.autoconfigure;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class MisspeltVariablesTests {

	@ParameterizedTest
	@CsvSource({ "DB_POOL_MAX_CONECTIONS,DB_POOL_MAX_CONNECTIONS", "DB_POOL_PRESET,DB_POOL_PROFILE",
			"DB_POOL_READ_MAX_CONNECTION,DB_POOL_READ_MAX_CONNECTIONS", "DB_POOL_SIZE,DB_POOL_MAX_CONNECTIONS",
			"DB_POOL_ANONKEY_,DB_POOL_ANON_KEY", "db_pool_retry_dealy,DB_POOL_RETRY_DELAY",
			"DB_POOLS_ORDERS_MAX_CONECTIONS,DB_POOLS_ORDERS_MAX_CONNECTIONS",
			"db_pools_orders_urll,DB_POOLS_ORDERS_URL", "DB_POOLS_OTHER_PRESET,DB_POOLS_OTHER_PROFILE",
			"DB_POOLS_CAR_REPORTS_ANON_KEI,DB_POOLS_CAR_REPORTS_ANON_KEY",
			"DB_POOLS_CARREPORTS_ANON_KEY,DB_POOLS_CAR_REPORTS_ANON_KEY" })
	void misspeltVariableIsReportedWithTheNearestName(String variable, String nearest) {
		assertThat(messages(variable)).singleElement()
			.asString()
			.contains("environment variable " + variable, "Did you mean " + nearest + "?")
			.doesNotContain("abc123");
	}

	@ParameterizedTest
	@ValueSource(strings = { "DB_POOL_MAX_CONNECTIONS", "DB_POOL_MAXCONNECTIONS", "DB_POOL_EMBEDDED_SCRIPTS_0",
			"DB_POOL_CONFIG", "DB_POOL_READ_MAX_CONNECTIONS", "db_pool_url", "DB_POOLED", "DB_NAME",
			"DB_POOLS_ORDERS_URL", "DB_POOLS_ORDERS_MAXCONNECTIONS", "DB_POOLS_CARREPORTS_ANONKEY",
			"DB_POOLS_CAR_REPORTS_ANON_KEY", "DB_POOLS" })
	void otherVariablesAreNotReported(String variable) {
		assertThat(messages(variable)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "DB_POOLS_URL", "DB_POOLS_", "DB_POOLS__URL" })
	void variableWithoutThePropertyOfANamedPoolIsReported(String variable) {
		assertThat(messages(variable)).singleElement()
			.asString()
			.contains("environment variable " + variable + " ", "Use DB_POOLS_<NAME>_<PROPERTY>")
			.doesNotContain("abc123");
	}

	private static List<String> messages(String variable) {
		return MisspeltVariables.messages(TestEnvironment.of()
			.property("db.pools.orders.url", "http://localhost:1")
			.property("db.pools.car-reports.url", "http://localhost:1")
			.variable(variable, variable.endsWith("CONFIG") ? "{}" : "abc123")
			.build());
	}

}
