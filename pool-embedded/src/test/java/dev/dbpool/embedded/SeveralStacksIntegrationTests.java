package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Two servers in one JVM, and the rest that needs servers of its own.
 */
class SeveralStacksIntegrationTests {

	/**
	 * 127.0.0.1, as /proc/net/tcp has it.
	 */
	private static final String LOOPBACK = "0100007F";

	private static final String LISTEN = "0A";

	@Test
	void stacksDoNotKnowEachOther() throws Exception {
		try (EmbeddedPostgrest first = EmbeddedPostgrest.builder().script("cars.sql", "cars-data.sql").start()) {
			try (EmbeddedPostgrest second = EmbeddedPostgrest.start()) {
				assertThat(first.url()).isNotEqualTo(second.url());
				assertThat(new Rest(first).status("/makes", first.serviceKey())).isEqualTo(200);
				assertThat(new Rest(first).status("/makes", second.serviceKey())).isEqualTo(401);
				assertThat(new Rest(second).status("/makes", second.serviceKey())).isEqualTo(404);
				second.postgres().kill();
			}
			assertThat(new Rest(first).status("/makes", first.anonKey())).isEqualTo(200);
		}
	}

	@Test
	void closedServersStayClosed() {
		EmbeddedPostgrest server = EmbeddedPostgrest.start();
		server.close();
		server.close();
		assertThat(server.postgres().isRunning()).isFalse();
		assertThatIllegalStateException().isThrownBy(server.postgres()::start).withMessageContaining("closed");
		assertThatIllegalStateException().isThrownBy(server::ensureRunning).withMessageContaining("closed");
	}

	@Test
	void fixedPortIsUsedAndRefusedWhenItIsTaken() {
		int port = LoopbackPorts.take();
		try (EmbeddedPostgrest server = EmbeddedPostgrest.builder().port(port).start()) {
			assertThat(server.url()).hasPort(port);
			assertThatExceptionOfType(EmbeddedPostgrestException.class)
				.isThrownBy(() -> EmbeddedPostgrest.builder().port(port).start())
				.withMessageContaining(Integer.toString(port));
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

	@Test
	void exposedSchemasAreMadeAndGranted() throws Exception {
		try (EmbeddedPostgrest server = EmbeddedPostgrest.builder()
			.schemas("api", "Odd \"name\"")
			.script("api.sql")
			.start()) {
			Rest rest = new Rest(server);
			assertThat(rest.get("/things", server.anonKey()).body()).isEqualTo("[{\"id\":1}]");
			assertThat(rest.post("/rpc/who", server.token(Map.of("role", "service_role")), "{}").body())
				.isEqualTo("\"service_role\"");
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bothServersListenOnTheLoopbackInterfaceOnly() throws Exception {
		try (EmbeddedPostgrest server = EmbeddedPostgrest.start()) {
			assertThat(listeningAddresses(server.postgres().port())).containsExactly(LOOPBACK);
			assertThat(listeningAddresses(server.postgrest().port())).containsExactly(LOOPBACK);
			assertThat(commandLine(server.postgres()) + commandLine(server.postgrest()))
				.doesNotContain(server.jdbcPassword());
		}
	}

	private static List<String> listeningAddresses(int port) throws IOException {
		String suffix = ":%04X".formatted(port);
		return Stream
			.concat(Files.readAllLines(Path.of("/proc/net/tcp")).stream(),
					Files.readAllLines(Path.of("/proc/net/tcp6")).stream())
			.map((line) -> line.strip().split("\\s+"))
			.filter((fields) -> fields[1].endsWith(suffix) && fields[3].equals(LISTEN))
			.map((fields) -> fields[1].replace(suffix, ""))
			.toList();
	}

	private static String commandLine(ServerControl server) throws IOException {
		return Files.readString(Path.of("/proc/" + server.pid().orElseThrow() + "/cmdline"));
	}

}
