package dev.dbpool.embedded;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The content of PostgREST's configuration file.
 */
class PostgrestConfigurationTests {

	@Test
	void holdsTheSettingsOfTheUserAndOfTheLibrary() {
		assertThat(configuration("db-pool", "3").text().lines()).containsExactlyInAnyOrder("db-pool = \"3\"",
				"db-schemas = \"api,shop\"", "db-anon-role = \"anon\"", "jwt-secret = \"signed\"",
				"db-uri = \"postgres://authenticator:secret@postgres:5432/postgres\"", "server-host = \"0.0.0.0\"",
				"server-port = \"3000\"", "admin-server-port = \"3001\"");
	}

	@Test
	void quotesValues() {
		assertThat(configuration("app.settings.motto", "a \"b\" \\ c").text())
			.contains("app.settings.motto = \"a \\\"b\\\" \\\\ c\"\n");
	}

	private static PostgrestConfiguration configuration(String name, String value) {
		Settings settings = new Settings(List.of(), List.of("api", "shop"), Map.of(name, value), Map.of(), 0,
				Duration.ofMinutes(1), Duration.ZERO);
		return new PostgrestConfiguration(settings, "signed").database("postgres", 5432, "secret")
			.listen("0.0.0.0", 3000, 3001);
	}

}
