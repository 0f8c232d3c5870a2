package dev.dbpool.autoconfigure;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class PoolProfileTests {

	@ParameterizedTest
	@CsvSource({ "low,2,10", "medium,5,20", "high,10,50", "extreme,20,100", "development,2,10", "production,5,20",
			"high-load,10,50" })
	void profileSetsTheSize(String profile, int min, int max) {
		DatabasePoolProperties properties = TestEnvironment.of().variable("DB_POOL_PROFILE", profile).bind();
		assertThat(properties.minConnections()).isEqualTo(min);
		assertThat(properties.maxConnections()).isEqualTo(max);
	}

	@Test
	void mediumIsTheDefault() {
		DatabasePoolProperties medium = TestEnvironment.of().property("db.pool.profile", "medium").bind();
		assertThat(medium).usingRecursiveComparison()
			.ignoringFields("profile", "minConnections")
			.isEqualTo(TestEnvironment.of().bind());
	}

	@ParameterizedTest
	@EnumSource(PoolProfile.class)
	void everyProfileIsValid(PoolProfile profile) {
		DatabasePoolProperties properties = TestEnvironment.of().property("db.pool.profile", profile.id()).bind();
		assertThat(properties.profile()).isEqualTo(profile);
		PoolPropertiesValidator.validate(PoolConfiguration.ofDefault(properties));
	}

	@ParameterizedTest
	@EnumSource(PoolProfile.class)
	void everyPropertyOfAProfileExists(PoolProfile profile) {
		assertThat(PoolPropertyNames.all()).containsAll(profile.properties().keySet());
	}

	@Test
	void explicitPropertiesWinOneByOne() {
		DatabasePoolProperties properties = TestEnvironment.of()
			.property("db.pool.profile", "high")
			.variable("DB_POOL_CONFIG", "{\"maxRetries\": 5}")
			.property("db.pool.connection-timeout", "3s")
			.bind();
		assertThat(properties.maxRetries()).isEqualTo(5);
		assertThat(properties.connectionTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(properties.maxConnections()).isEqualTo(50);
	}

	@Test
	void profileInTheConfigVariableCounts() {
		assertThat(
				TestEnvironment.of().variable("DB_POOL_CONFIG", "{\"profile\": \"extreme\"}").bind().maxConnections())
			.isEqualTo(100);
	}

	@Test
	void explicitMaximumBelowTheMinimumOfTheProfileLowersIt() {
		DatabasePoolProperties properties = TestEnvironment.of()
			.property("db.pool.profile", "extreme")
			.property("db.pool.max-connections", "8")
			.bind();
		assertThat(properties.minConnections()).isEqualTo(8);
	}

	@Test
	void eachNamedPoolHasAProfileOfItsOwn() {
		ConfigurableEnvironment environment = TestEnvironment.of()
			.property("db.pools.orders.profile", "high")
			.property("db.pools.orders.max-retries", "7")
			.variable("DB_POOLS_AUDIT_PROFILE", "low")
			.build();
		assertThat(PoolBinder.bind(environment, "db.pools.orders").maxConnections()).isEqualTo(50);
		assertThat(PoolBinder.bind(environment, "db.pools.orders").maxRetries()).isEqualTo(7);
		assertThat(PoolBinder.bind(environment, "db.pools.audit").maxConnections()).isEqualTo(10);
		assertThat(PoolBinder.bind(environment, "db.pool").maxConnections()).isEqualTo(20);
	}

	@Test
	void defaultsOfResilience4jFollowTheProfile() {
		assertThat(TestEnvironment.of()
			.property("db.pool.profile", "extreme")
			.build()
			.getProperty("resilience4j.retry.instances.databasePool.max-attempts")).isEqualTo("2");
	}

	@Test
	void originOfAValueIsTheProfile() {
		assertThat(PoolBinder
			.property(TestEnvironment.of().property("db.pool.profile", "high-load").build(), "db.pool.max-connections")
			.getOrigin()).hasToString("profile 'high-load' of db.pool.profile");
	}

}
