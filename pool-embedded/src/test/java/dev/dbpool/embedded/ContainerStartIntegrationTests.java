package dev.dbpool.embedded;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * How servers in containers start, fail to start, and close.
 */
@EnabledIf(value = "dev.dbpool.embedded.ContainerPostgrest#isDockerAvailable",
		disabledReason = "no Docker engine answers")
class ContainerStartIntegrationTests {

	@Test
	void closedServersStayClosed() {
		ContainerPostgrest server = ContainerPostgrest.start();
		server.postgres().pause();
		server.close();
		server.close();
		assertThat(server.postgres().isRunning()).isFalse();
		assertThatIllegalStateException().isThrownBy(server.postgres()::start).withMessageContaining("closed");
		assertThatIllegalStateException().isThrownBy(server::ensureRunning).withMessageContaining("closed");
	}

	@Test
	void fixedPortIsUsedAndRefusedWhenItIsTaken() {
		int port = LoopbackPorts.take();
		try (ContainerPostgrest server = ContainerPostgrest.builder().port(port).start()) {
			assertThat(server.url()).hasPort(port);
			assertThat(new Rest(server).status("/", server.anonKey())).isEqualTo(200);
			assertThatExceptionOfType(EmbeddedPostgrestException.class)
				.isThrownBy(() -> ContainerPostgrest.builder().port(port).start())
				.withMessageContaining(Integer.toString(port));
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

	@Test
	void failedScriptIsNamed() {
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> ContainerPostgrest.builder().script("cars.sql", "broken.sql").start())
			.withMessageContaining("broken.sql failed in line 3");
	}

	@Test
	void serverThatEndsByItselfIsQuoted() {
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> ContainerPostgrest.builder().postgresSetting("no_such_setting", "1").start())
			.withMessageContaining("PostgreSQL on port")
			.withMessageContaining("ended by itself")
			.withMessageContaining("unrecognized configuration parameter \"no_such_setting\"");
	}

}
