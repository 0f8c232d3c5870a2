package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Two servers in one JVM, the second with settings of its own.
 */
@Tag("long")
class SeveralStacksIntegrationTests {

	/**
	 * 127.0.0.1 as in /proc/net/tcp.
	 */
	private static final String LOOPBACK = "0100007F";

	private static final String LISTEN = "0A";

	private static final int PORT = LoopbackPorts.take();

	@RegisterExtension
	static final PostgrestExtension first = PostgrestExtension
		.of(EmbeddedPostgrest.builder().script("cars.sql", "cars-data.sql"));

	@RegisterExtension
	static final PostgrestExtension second = PostgrestExtension
		.of(EmbeddedPostgrest.builder().port(PORT).schemas("api", "Odd \"name\"").script("api.sql"));

	@BeforeEach
	void repair() {
		second.server().ensureRunning();
	}

	@AfterAll
	static void releasePort() {
		LoopbackPorts.release(PORT);
	}

	@Test
	void stacksDoNotKnowEachOther() {
		PostgrestServer one = first.server();
		PostgrestServer other = second.server();
		assertThat(one.url()).isNotEqualTo(other.url());
		assertThat(one.jdbcPassword()).isNotEqualTo(other.jdbcPassword());
		assertThat(status(one, "/makes", one.serviceKey())).isEqualTo(200);
		assertThat(status(one, "/makes", other.serviceKey())).isEqualTo(401);
		assertThat(status(other, "/makes", other.serviceKey())).isEqualTo(404);
		other.postgres().kill();
		assertThat(status(one, "/makes", one.anonKey())).isEqualTo(200);
	}

	@Test
	void connectionsNeedNoIterationsOfTheRandomPassword() throws Exception {
		try (Connection connection = first.server().openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet result = statement
					.executeQuery("select rolpassword from pg_authid where rolname = current_user")) {
			assertThat(result.next()).isTrue();
			assertThat(result.getString(1)).startsWith("SCRAM-SHA-256$1:");
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
	void fixedPortIsUsedAndRejectedWhenItIsTaken() {
		assertThat(second.server().url()).hasPort(PORT);
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> EmbeddedPostgrest.builder().port(PORT).start())
			.withMessageContaining(Integer.toString(PORT));
	}

	@Test
	void exposedSchemasAreCreatedAndGranted() throws Exception {
		PostgrestServer server = second.server();
		Rest rest = new Rest(server);
		assertThat(rest.get("/things", server.anonKey()).body()).isEqualTo("[{\"id\":1}]");
		assertThat(rest.post("/rpc/who", server.token(Map.of("role", "service_role")), "{}").body())
			.isEqualTo("\"service_role\"");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void bothServersListenOnTheLoopbackInterfaceOnly() throws Exception {
		PostgrestServer server = second.server();
		assertThat(listeningAddresses(server.postgres().port())).containsExactly(LOOPBACK);
		assertThat(listeningAddresses(server.postgrest().port())).containsExactly(LOOPBACK);
		assertThat(commandLine(server.postgres()) + commandLine(server.postgrest()))
			.doesNotContain(server.jdbcPassword());
	}

	private static int status(PostgrestServer server, String path, String token) {
		return new Rest(server).status(path, token);
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
