package dev.dbpool.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class PoolNamesTests {

	@ParameterizedTest
	@CsvSource({ "DB_POOLS_CAR_REPORTS_ANON_KEY", "DB_POOLS_CARREPORTS_ANONKEY" })
	void variableOfAPoolWithADashInItsNameAddsNoOtherPool(String variable) {
		ConfigurableEnvironment environment = TestEnvironment.of()
			.property("db.pools.car-reports.url", "http://localhost:1")
			.variable(variable, "abc123")
			.build();
		assertThat(PoolNames.named(environment)).containsExactly("car-reports");
		assertThat(PoolBinder.bind(environment, "db.pools.car-reports").anonKey()).isEqualTo("abc123");
	}

	@Test
	void variablesAloneConfigureAPool() {
		ConfigurableEnvironment environment = TestEnvironment.of()
			.property("db.pools.car-reports.url", "http://localhost:1")
			.variable("DB_POOLS_CAR_URL", "http://localhost:2")
			.variable("DB_POOLS_ORDERS_URL", "http://localhost:3")
			.build();
		assertThat(PoolNames.named(environment)).containsExactlyInAnyOrder("car-reports", "car", "orders");
	}

}
