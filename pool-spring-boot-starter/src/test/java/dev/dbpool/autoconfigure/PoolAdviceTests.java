package dev.dbpool.autoconfigure;

import java.util.List;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("slow")
class PoolAdviceTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					connection-timeout       | 30   | 30ms: callers fail unless a connection is free within that time
					connection-timeout       | 1h   | 3600000ms: callers may wait that long for a connection.
					connection-timeout       | 30   | A number without a unit is in milliseconds.
					connect-timeout          | 5    | 5ms: a TCP and TLS handshake over a network often takes longer.
					connect-timeout          | 40s  | 40000ms: a caller stops waiting after 30000ms (db.pool.connection-timeout)
					request-timeout          | 10   | 10ms: slower answers fail.
					operation-timeout        | 60   | 60ms: operations that take longer fail.
					drain-timeout            | 25   | 25ms: operations that take longer are cut off when the application ends.
					release-timeout          | 5    | 5ms: connections that are not ready for reuse within that time are closed
					slow-operation-threshold | 2    | 2ms: nearly every operation is logged as slow.
					idle-timeout             | 5    | 5ms: connections beyond the minimum are closed and opened again
					idle-timeout             | 1h   | 3600000ms: it has no effect, since no connection lives longer than 1800000ms
					max-lifetime             | 1    | 1ms: each connection is closed and opened again that often.
					keep-alive-interval      | 20   | 20ms: each idle connection is checked that often.
					keep-alive-interval      | 10m  | 600000ms: PostgREST closes idle connections after 34 to 59 s
					health-check-interval    | 30   | 30ms: the server is checked that often.
					health-check-interval    | 1h   | 3600000ms: the health endpoint may be that old.
					retry-delay              | 1    | 1ms: a failed attempt is repeated before the server can recover.
					max-retries              | 10   | 10: with db.pool.retry-delay of 1000ms, doubled each time, an operation that keeps failing is repeated for 17 minutes.
					max-retries              | 1000 | is repeated for more than a day.
					max-connections          | 1000 | 1000: each connection is one more request at a time for a server
					max-in-memory-size       | 10   | 10B: rows and values that are larger fail. A number without a unit is in bytes.
					""")
	void suspiciousValueIsReportedWithItsEffect(String name, String value, String warning) {
		assertThat(advice(TestEnvironment.of().property("db.pool." + name, value)))
			.anySatisfy((message) -> assertThat(message).startsWith("db.pool." + name + " is ").contains(warning));
	}

	@ParameterizedTest
	@ValueSource(strings = { "idle-timeout", "max-lifetime", "keep-alive-interval", "slow-operation-threshold",
			"max-retries", "leak-detection-timeout" })
	void zeroSwitchesOff(String name) {
		assertThat(advice(TestEnvironment.of().property("db.pool." + name, "0"))).isEmpty();
	}

	@Test
	void defaultsGetNoAdvice() {
		assertThat(advice(TestEnvironment.of())).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(PoolProfile.class)
	void profilesGetNoAdvice(PoolProfile profile) {
		assertThat(advice(TestEnvironment.of().property("db.pool.profile", profile.id()))).isEmpty();
	}

	@Test
	void emptyValueIsReportedThatTakesNoOtherBack() {
		TestEnvironment environment = TestEnvironment.of()
			.variable("DB_POOL_URL", " ")
			.variable("DB_POOL_ANON_KEY", "")
			.variable("DB_POOL_IDLE_TIMEOUT", "")
			.property("db.pool.profile", "high-load")
			.variable("DB_POOL_MAX_CONNECTIONS", "7")
			.property("db.pool.url", "http://localhost:3000")
			.property("db.pool.max-connections", "");
		assertThat(PoolBinder.emptyOverrides(environment.build(), "db.pool"))
			.singleElement(InstanceOfAssertFactories.STRING)
			.startsWith("db.pool.url is empty in \"DB_POOL_URL\" from property source \"systemEnvironment\"")
			.contains("so the value in \"db.pool.url\" from property source \"application.properties\" applies");
	}

	private static List<String> advice(TestEnvironment environment) {
		PoolConfiguration pool = PoolConfiguration.ofDefault(environment.bind());
		PoolPropertiesValidator.validate(pool);
		return PoolAdvice.of(pool);
	}

}
