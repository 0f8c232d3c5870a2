package dev.dbpool.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Tag("slow")
class PoolBinderTests {

	private static final DatabasePoolProperties DEFAULTS = TestEnvironment.of().bind();

	static Stream<String> names() {
		return PoolPropertyNames.all().stream();
	}

	@ParameterizedTest
	@MethodSource("names")
	void emptyPropertyCountsAsNotSet(String name) {
		assertThat(TestEnvironment.of().property("db.pool." + name, "").bind()).isEqualTo(DEFAULTS);
		assertThat(TestEnvironment.of().property("db.pool." + name, " ").bind()).isEqualTo(DEFAULTS);
	}

	@ParameterizedTest
	@MethodSource("names")
	void emptyVariableCountsAsNotSet(String name) {
		String variable = "DB_POOL_" + name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
		assertThat(TestEnvironment.of().variable(variable, "").bind()).isEqualTo(DEFAULTS);
	}

	@Test
	void emptyVariableLeavesThePropertyInPlace() {
		DatabasePoolProperties properties = TestEnvironment.of()
			.variable("DB_POOL_CONNECTION_TIMEOUT", "")
			.variable("DB_POOL_EMBEDDED_SCHEMAS", "")
			.property("db.pool.connection-timeout", "7s")
			.property("db.pool.embedded.schemas", "shop")
			.bind();
		assertThat(properties.connectionTimeout()).isEqualTo(Duration.ofSeconds(7));
		assertThat(properties.embedded().schemas()).isEqualTo(List.of("shop"));
	}

	@Test
	void placeholderWithAnEmptyDefaultCountsAsNotSet() {
		assertThat(TestEnvironment.of().property("db.pool.max-retries", "${RETRIES:}").bind().maxRetries())
			.isEqualTo(3);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					connection-timeout | 5 sekunden | is '5 sekunden', which is not a duration.     | A number alone is in milliseconds
					max-connections    | many       | is 'many', which is not a whole number        | such as 10
					max-connections    | 9999999999 | is '9999999999', which is not a whole number  | such as 10
					max-in-memory-size | big        | is 'big', which is not a size.                | A number alone is in bytes
					enable-metrics     | maybe      | is 'maybe', which is neither true nor false.  | true or false
					leak-action        | ignore     | is 'ignore', which is none of log, reclaim.   | one of log, reclaim
					profile            | huge       | is 'huge', which is none of low, medium, high | high-load
					url                | ${NO_URL}  | refers to ${NO_URL}, which is not defined.    | Define NO_URL
					anon-key           | ${NO_KEY}  | refers to ${NO_KEY}, which is not defined.    | Define NO_KEY
					drain-timeout      | ${NONE}s   | refers to ${NONE}, which is not defined.      | Define NONE
					embedded.scripts   | a.sql,${B} | refers to ${B}, which is not defined.         | Define B
					""")
	void valueThatCannotBeReadIsExplained(String name, String value, String description, String action) {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> TestEnvironment.of().property("db.pool." + name, value).bind())
			.satisfies((ex) -> {
				assertThat(ex.description()).contains("db.pool." + name, description);
				assertThat(ex.action()).contains(action);
			});
	}

	@Test
	void listWhereOneValueBelongsIsRefused() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> TestEnvironment.of().property("db.pool.max-connections[0]", "5").bind())
			.withMessageContaining("There is no property 'db.pool.max-connections[0]' (value: '5'")
			.withMessageContaining("'db.pool.max-connections'");
		assertThat(TestEnvironment.of().property("db.pool.embedded.schemas[0]", "shop").bind().embedded().schemas())
			.containsExactly("shop");
	}

	@Test
	void groupWithoutPropertiesCountsAsNotSet() {
		assertThat(TestEnvironment.of().property("db.pool.read", "").property("db.pool.alerts", "").bind())
			.isEqualTo(DEFAULTS);
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> TestEnvironment.of().property("db.pool.alarms", "").bind())
			.withMessageContaining("There is no property 'db.pool.alarms'");
	}

	@Test
	void valueOfAGroupIsExplained() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> TestEnvironment.of().variable("DB_POOL_WRITE", "5").bind())
			.withMessageContaining("db.pool.write is '5', which is a value for a group of properties.")
			.withMessageContaining("Set db.pool.write.min-connections or db.pool.write.max-connections.");
	}

	@Test
	void unknownNamesAreAllReported() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> TestEnvironment.of()
				.property("db.pool.max-conections", "7")
				.property("db.pool.embeded.scripts[0]", "a.sql")
				.property("db.pool.read", "5")
				.bind())
			.withMessageContaining("'db.pool.max-conections' (value: '7'")
			.withMessageContaining("'db.pool.embeded.scripts[0]' (value: 'a.sql'")
			.withMessageContaining("'db.pool.read' (value: '5'");
	}

	@Test
	void unknownVariablesMayBelongToOthers() {
		assertThat(TestEnvironment.of().variable("DB_POOL_MAX_CONECTIONS", "7").bind()).isEqualTo(DEFAULTS);
	}

}
