package dev.dbpool.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

@ExtendWith(OutputCaptureExtension.class)
class SupabaseVariablesTests {

	private static final String ANON_KEY = "sb_publishable_abc123";

	private static final String SERVICE_KEY = "sb_secret_abc123";

	static Stream<Arguments> variables() {
		return Stream.of(SupabaseVariables.values())
			.flatMap((variables) -> variables.names().stream().map((name) -> arguments(variables, name)));
	}

	@ParameterizedTest
	@MethodSource("variables")
	void variableSetsTheConnectionAndIsNamedAsItsSource(SupabaseVariables variables, String name,
			CapturedOutput output) {
		String value = value(variables, "other");
		PropertiesConnectionDetails details = details(withPropertiesBut(variables).variable(name, value));
		assertThat(switch (variables) {
			case URL -> details.getUrl().toString();
			case ANON_KEY -> details.getAnonKey();
			case SERVICE_ROLE_KEY -> details.getServiceRoleKey();
		}).isEqualTo(value);
		assertThat(output).contains("from " + name);
	}

	@ParameterizedTest
	@MethodSource("variables")
	void propertyComesFirst(SupabaseVariables variables, String name, CapturedOutput output) {
		PropertiesConnectionDetails details = details(
				withPropertiesBut(null).variable(name, value(variables, "other")));
		assertThat(details.getUrl()).hasToString("https://own.example");
		assertThat(details.getAnonKey()).isEqualTo(ANON_KEY);
		assertThat(details.getServiceRoleKey()).isEqualTo(SERVICE_KEY);
		assertThat(output).contains(
				"URL from db.pool.url, anon key from db.pool.anon-key, service role key from db.pool.service-role-key")
			.doesNotContain("abc123", "own.example");
	}

	@Test
	void firstVariableThatIsNotBlankCounts() {
		PropertiesConnectionDetails details = details(
				withPropertiesBut(SupabaseVariables.ANON_KEY).variable("SUPABASE_PUBLISHABLE_KEY", " ")
					.variable("VITE_SUPABASE_ANON_KEY", "sb_publishable_last")
					.variable("SUPABASE_ANON_KEY", "sb_publishable_first"));
		assertThat(details.getAnonKey()).isEqualTo("sb_publishable_first");
	}

	@Test
	void emptyPropertyLeavesTheVariableInPlace() {
		PropertiesConnectionDetails details = details(
				withPropertiesBut(SupabaseVariables.URL).variable("DB_POOL_URL", "")
					.variable("NEXT_PUBLIC_SUPABASE_URL", "https://next.example"));
		assertThat(details.getUrl()).hasToString("https://next.example");
	}

	@Test
	void sourceIsTheVariableThatSetsAProperty(CapturedOutput output) {
		details(TestEnvironment.of()
			.variable("DB_POOL_URL", "https://own.example")
			.variable("DB_POOL_CONFIG", "{\"anonKey\": \"" + ANON_KEY + "\"}"));
		assertThat(output)
			.contains("URL from DB_POOL_URL, anon key from $.anonKey of DB_POOL_CONFIG, service role key not set")
			.doesNotContain("abc123");
	}

	@Test
	void serviceKeyInAVariableOfTheAnonKeyIsRefused() {
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(
					() -> details(withPropertiesBut(SupabaseVariables.ANON_KEY).variable("SUPABASE_KEY", SERVICE_KEY)))
			.withMessageContaining("SUPABASE_KEY holds a service key")
			.satisfies((ex) -> assertThat(ex).message().doesNotContain("abc123"));
	}

	@Test
	void namedPoolDoesNotFallBack() {
		ConfigurableEnvironment environment = TestEnvironment.of()
			.variable("SUPABASE_URL", "https://own.example")
			.variable("SUPABASE_ANON_KEY", ANON_KEY)
			.build();
		PoolConfiguration orders = new PoolConfiguration("orders", PoolBinder.bind(environment, "db.pools.orders"));
		assertThatExceptionOfType(InvalidPoolConfigurationException.class)
			.isThrownBy(() -> new PropertiesConnectionDetails(orders, environment))
			.withMessageContaining("db.pools.orders.url is not set.");
	}

	@Test
	void orderIsDocumented() throws Exception {
		List<String> rows = Files.readAllLines(Path.of("..", "docs", "configuration.md"))
			.stream()
			.filter((line) -> line.startsWith("| `db.pool.") && line.contains("SUPABASE_"))
			.map((line) -> line.replaceAll("[`| ]+", " ").strip())
			.toList();
		assertThat(rows).containsAll(Stream.of(SupabaseVariables.values())
			.map((variables) -> variables.property("default") + " "
					+ String.join(", ", variables.names()).replace(",", " ,"))
			.toList());
	}

	private static TestEnvironment withPropertiesBut(SupabaseVariables missing) {
		TestEnvironment environment = TestEnvironment.of();
		for (SupabaseVariables variables : SupabaseVariables.values()) {
			if (variables != missing) {
				environment.property(variables.property("default"), value(variables, "own"));
			}
		}
		return environment;
	}

	private static String value(SupabaseVariables variables, String distinct) {
		return switch (variables) {
			case URL -> "https://" + distinct + ".example";
			case ANON_KEY -> distinct.equals("own") ? ANON_KEY : "sb_publishable_" + distinct;
			case SERVICE_ROLE_KEY -> distinct.equals("own") ? SERVICE_KEY : "sb_secret_" + distinct;
		};
	}

	private static PropertiesConnectionDetails details(TestEnvironment variables) {
		ConfigurableEnvironment environment = variables.build();
		return new PropertiesConnectionDetails(PoolConfiguration.ofDefault(PoolBinder.bind(environment, "db.pool")),
				environment);
	}

}
