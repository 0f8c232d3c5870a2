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
			"DB_POOL_ANONKEY_,DB_POOL_ANON_KEY", "db_pool_retry_dealy,DB_POOL_RETRY_DELAY" })
	void misspeltVariableIsReportedWithTheNearestName(String variable, String nearest) {
		assertThat(messages(variable)).singleElement()
			.asString()
			.contains("environment variable " + variable, "Did you mean " + nearest + "?")
			.doesNotContain("abc123");
	}

	@ParameterizedTest
	@ValueSource(strings = { "DB_POOL_MAX_CONNECTIONS", "DB_POOL_MAXCONNECTIONS", "DB_POOL_EMBEDDED_SCRIPTS_0",
			"DB_POOL_CONFIG", "DB_POOL_READ_MAX_CONNECTIONS", "db_pool_url", "DB_POOLED", "DB_NAME" })
	void otherVariablesAreNotReported(String variable) {
		assertThat(messages(variable)).isEmpty();
	}

	private static List<String> messages(String variable) {
		return MisspeltVariables
			.messages(TestEnvironment.of().variable(variable, variable.endsWith("CONFIG") ? "{}" : "abc123").build());
	}

}
