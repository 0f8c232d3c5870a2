package dev.dbpool.embedded;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What the builder refuses.
 */
class EmbeddedPostgrestTests {

	private final EmbeddedPostgrest.Builder builder = EmbeddedPostgrest.builder();

	@ParameterizedTest
	@ValueSource(strings = { "db-uri", "jwt-secret", "server-port", "db-schemas" })
	void settingsOfPostgrestThatTheLibrarySetsAreRefused(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.builder.postgrestSetting(name, "1"))
			.withMessageContaining(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "port", "listen_addresses", "unix_socket_directories" })
	void settingsOfPostgresThatTheLibrarySetsAreRefused(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.builder.postgresSetting(name, "1"))
			.withMessageContaining(name);
	}

	@Test
	void impossibleValuesAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.builder.port(65_536));
		assertThatIllegalArgumentException().isThrownBy(() -> this.builder.schemas());
		assertThatIllegalArgumentException().isThrownBy(() -> this.builder.startupTimeout(Duration.ZERO));
	}

	@Test
	void missingScriptIsNamed() {
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> this.builder.script("missing.sql").start())
			.withMessageContaining("missing.sql is not on the class path");
	}

}
