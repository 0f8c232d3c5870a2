package dev.dbpool.embedded;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Stopping, killing, pausing and restarting real servers.
 */
@Tag("long")
class ServerControlIntegrationTests {

	/**
	 * PostgREST pauses for up to 32 seconds between its attempts.
	 */
	private static final Duration RECOVERY = Duration.ofMinutes(1);

	private static final String PATH = "/makes?limit=0";

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension
		.of(EmbeddedPostgrest.builder().script("cars.sql", "cars-data.sql"));

	private final PostgrestServer server;

	private final Rest rest;

	ServerControlIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.rest = new Rest(server);
	}

	@BeforeEach
	void repair() {
		this.server.ensureRunning();
	}

	@Test
	void stoppedPostgresComesBackOnItsPortWithItsData() throws Exception {
		int port = this.server.postgres().port();
		addMake("Stopped");
		this.server.postgres().stop();
		assertThat(this.server.postgres().isRunning()).isFalse();
		assertThat(this.server.postgres().pid()).isEmpty();
		this.server.postgres().start();
		assertThat(this.server.postgres().isRunning()).isTrue();
		assertThat(this.server.postgres().port()).isEqualTo(port);
		assertThat(hasMake("Stopped")).isTrue();
	}

	@Test
	void killedPostgresComesBackOnItsPortWithItsData() throws Exception {
		addMake("Killed");
		try (Connection connection = this.server.openJdbcConnection()) {
			this.server.postgres().kill();
			assertThat(this.server.postgres().isRunning()).isFalse();
			assertThat(connection.isValid(2)).isFalse();
		}
		this.server.postgres().start();
		assertThat(hasMake("Killed")).isTrue();
	}

	@Test
	void postgrestRecoversFromAKilledPostgres() {
		this.server.postgres().kill();
		assertThat(status()).isNotEqualTo(200);
		this.server.postgres().start();
		await().atMost(RECOVERY).until(() -> status() == 200);
	}

	@Test
	void pausedPostgresFreezesUntilItResumes() {
		this.server.postgres().pause();
		assertThat(this.server.postgres().isPaused()).isTrue();
		assertThat(this.server.postgres().isRunning()).isFalse();
		assertThat(this.rest.isSilent(PATH, this.server.anonKey())).isTrue();
		this.server.postgres().resume();
		assertThat(this.server.postgres().isRunning()).isTrue();
		await().atMost(RECOVERY).until(() -> status() == 200);
	}

	@Test
	void pausedPostgrestDoesNotAnswerUntilItResumes() {
		this.server.postgrest().pause();
		assertThat(this.rest.isSilent(PATH, this.server.anonKey())).isTrue();
		this.server.postgrest().resume();
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void killedPostgrestComesBackOnItsPort() {
		int port = this.server.url().getPort();
		this.server.postgrest().kill();
		assertThat(status()).isEqualTo(-1);
		this.server.postgrest().start();
		assertThat(this.server.postgrest().port()).isEqualTo(port);
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void stoppedPostgrestComesBack() {
		this.server.postgrest().stop();
		assertThat(this.server.postgrest().isRunning()).isFalse();
		assertThat(status()).isEqualTo(-1);
		this.server.postgrest().start();
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void pausedServersCanBeStoppedAndKilled() {
		this.server.postgrest().pause();
		this.server.postgrest().stop();
		assertThat(this.server.postgrest().isPaused()).isFalse();
		this.server.postgres().pause();
		this.server.postgres().kill();
		assertThat(this.server.postgres().isPaused()).isFalse();
		assertThat(this.server.postgres().pid()).isEmpty();
	}

	@Test
	void postgrestThatStartsWithoutItsDatabaseGetsReadyWithIt() {
		this.server.postgrest().stop();
		this.server.postgres().stop();
		this.server.postgrest().start();
		assertThat(this.server.postgrest().isRunning()).isTrue();
		assertThat(this.rest.isSilent(PATH, this.server.anonKey())).isTrue();
		this.server.postgres().start();
		this.server.ensureRunning();
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void startingAndResumingWhatRunsDoesNothing() throws Exception {
		String startTime = query("select pg_postmaster_start_time()");
		this.server.postgres().start();
		this.server.postgres().resume();
		assertThat(query("select pg_postmaster_start_time()")).isEqualTo(startTime);
	}

	@Test
	void stoppingAndKillingWhatDoesNotRunDoesNothing() {
		this.server.postgrest().kill();
		this.server.postgrest().kill();
		this.server.postgrest().stop();
		assertThat(this.server.postgrest().isRunning()).isFalse();
	}

	@Test
	void pausingWhatDoesNotRunIsRefused() {
		this.server.postgrest().kill();
		assertThatIllegalStateException().isThrownBy(this.server.postgrest()::pause).withMessageContaining("PostgREST");
	}

	@Test
	void startingWhatIsPausedIsRefused() {
		this.server.postgrest().pause();
		assertThatIllegalStateException().isThrownBy(this.server.postgrest()::start).withMessageContaining("resume()");
	}

	@Test
	void reloadingWithoutPostgresIsRefused() {
		this.server.postgres().stop();
		assertThatIllegalStateException().isThrownBy(this.server::reloadSchemaCache)
			.withMessageContaining("PostgreSQL");
	}

	@Test
	void ensureRunningRepairsSeveralFaults() {
		this.server.postgres().pause();
		this.server.postgrest().kill();
		this.server.ensureRunning();
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void killingPostgresEndsEveryProcess() {
		List<ProcessHandle> processes = processes(this.server.postgres());
		assertThat(processes).hasSizeGreaterThan(3);
		this.server.postgres().kill();
		assertThat(processes).noneMatch(ServerControlIntegrationTests::isAlive);
	}

	@Test
	void pausingPostgresFreezesEveryProcess() {
		this.server.postgres().pause();
		assertThat(processes(this.server.postgres())).hasSizeGreaterThan(3)
			.allMatch(ServerControlIntegrationTests::isStopped);
		this.server.postgres().resume();
		assertThat(processes(this.server.postgres())).noneMatch(ServerControlIntegrationTests::isStopped);
	}

	@Test
	void ensureRunningRestartsServersThatOthersKilled() throws Exception {
		try (Connection connection = this.server.openJdbcConnection()) {
			ProcessHandle postmaster = processes(this.server.postgres()).get(0);
			postmaster.destroyForcibly();
			postmaster.onExit().join();
			this.server.ensureRunning();
			assertThat(connection.isValid(2)).isFalse();
		}
		assertThat(status()).isEqualTo(200);
	}

	private int status() {
		return this.rest.status(PATH, this.server.anonKey());
	}

	private void addMake(String name) throws SQLException {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("insert into public.makes values ('" + name + "')");
		}
	}

	private boolean hasMake(String name) throws SQLException {
		return query("select count(*) from public.makes where name = '" + name + "'").equals("1");
	}

	private String query(String sql) throws SQLException {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet result = statement.executeQuery(sql)) {
			result.next();
			return result.getString(1);
		}
	}

	/**
	 * The processes of a server, the main one first. A server in a container has none
	 * that this machine knows.
	 */
	private static List<ProcessHandle> processes(ServerControl server) {
		assumeThat(server.pid()).as("process id of a server that is not in a container").isPresent();
		ProcessHandle root = ProcessHandle.of(server.pid().getAsLong()).orElseThrow();
		return Stream.concat(Stream.of(root), root.descendants()).toList();
	}

	private static boolean isStopped(ProcessHandle process) {
		return ProcStat.read(process.pid()).orElseThrow().state() == 'T';
	}

	private static boolean isAlive(ProcessHandle process) {
		return ProcStat.read(process.pid()).filter((stat) -> !stat.isDead()).isPresent();
	}

}
