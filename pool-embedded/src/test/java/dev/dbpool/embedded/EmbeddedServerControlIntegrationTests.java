package dev.dbpool.embedded;

import java.sql.Connection;
import java.util.List;
import java.util.stream.Stream;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

class EmbeddedServerControlIntegrationTests extends ServerControlContract {

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension.of(describe(EmbeddedPostgrest.builder()));

	private final PostgrestServer server;

	EmbeddedServerControlIntegrationTests(PostgrestServer server) {
		super(server);
		this.server = server;
	}

	@Test
	void killingPostgresEndsEveryProcess() {
		List<ProcessHandle> processes = processes(this.server.postgres());
		assertThat(processes).hasSizeGreaterThan(3);
		this.server.postgres().kill();
		assertThat(processes).noneMatch(EmbeddedServerControlIntegrationTests::isAlive);
	}

	@Test
	void pausingPostgresFreezesEveryProcess() {
		this.server.postgres().pause();
		assertThat(processes(this.server.postgres())).hasSizeGreaterThan(3)
			.allMatch(EmbeddedServerControlIntegrationTests::isStopped);
		this.server.postgres().resume();
		assertThat(processes(this.server.postgres())).noneMatch(EmbeddedServerControlIntegrationTests::isStopped);
	}

	@Test
	void ensureRunningMendsServersThatSomeoneElseKilled() throws Exception {
		try (Connection connection = this.server.openJdbcConnection()) {
			ProcessHandle postmaster = ProcessHandle.of(this.server.postgres().pid().orElseThrow()).orElseThrow();
			postmaster.destroyForcibly();
			postmaster.onExit().join();
			this.server.ensureRunning();
			assertThat(connection.isValid(2)).isFalse();
		}
		assertThat(new Rest(this.server).status("/makes?limit=0", this.server.anonKey())).isEqualTo(200);
	}

	private static List<ProcessHandle> processes(ServerControl server) {
		ProcessHandle root = ProcessHandle.of(server.pid().orElseThrow()).orElseThrow();
		return Stream.concat(Stream.of(root), root.descendants()).toList();
	}

	private static boolean isStopped(ProcessHandle process) {
		return ProcStat.read(process.pid()).orElseThrow().state() == 'T';
	}

	private static boolean isAlive(ProcessHandle process) {
		return ProcStat.read(process.pid()).filter((stat) -> !stat.isDead()).isPresent();
	}

}
