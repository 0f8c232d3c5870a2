package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What is left of servers after {@code close()}, after a failed start, after the end of a
 * JVM, and after a JVM that was killed.
 */
class CleanupIntegrationTests {

	@TempDir
	Path directory;

	private final List<ChildJvm> children = new ArrayList<>();

	@AfterEach
	void killChildrenAndClearUp() {
		System.clearProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY);
		this.children.forEach(ChildJvm::close);
		RunDirectory own = RunDirectory.create(this.directory);
		StaleRunDirectories.cleanBeside(own);
		own.delete();
	}

	@Test
	void closeLeavesNothing() throws Exception {
		ChildJvm child = child();
		List<ProcessHandle> servers = child.awaitReady();
		List<ProcessHandle> processes = withDescendants(servers);
		List<String> segment = sharedMemory();
		child.tell("close");
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).hasSizeGreaterThan(4).noneMatch(CleanupIntegrationTests::isAlive);
		assertThat(segments()).doesNotContainAnyElementsOf(segment);
	}

	@Test
	void closeOfPausedServersLeavesNothing() throws Exception {
		ChildJvm child = child();
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		child.tell("pause");
		child.tell("close");
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
	}

	@Test
	void closeAfterKillLeavesNothing() throws Exception {
		ChildJvm child = child();
		child.awaitReady();
		List<String> segment = sharedMemory();
		child.tell("kill postgres");
		child.tell("close");
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(segments()).doesNotContainAnyElementsOf(segment);
	}

	@Test
	void endOfTheJvmLeavesNothing() throws Exception {
		ChildJvm child = child();
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		child.tell("exit");
		child.terminate();
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
	}

	@Test
	void terminatedJvmLeavesNothing() throws Exception {
		ChildJvm child = child();
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		child.terminate();
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
	}

	@Test
	void endOfTheJvmLeavesTheServersToAnOwnerWhoHasWorkToFinish() throws Exception {
		ChildJvm child = ChildJvm.start(this.directory, Map.of(), Duration.ofMinutes(1));
		this.children.add(child);
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		child.tell("own");
		assertThat(child.terminateAndRead()).contains(ChildJvm.FINISHED);
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
	}

	@Test
	void endOfTheJvmDoesNotWaitForAnOwnerForever() throws Exception {
		ChildJvm child = ChildJvm.start(this.directory, Map.of(), Duration.ofMillis(100));
		this.children.add(child);
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		child.terminate();
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
	}

	@Test
	void nextStartsClearUpAfterAKilledJvm() throws Exception {
		ChildJvm killed = child();
		List<ProcessHandle> processes = withDescendants(killed.awaitReady());
		List<Path> left = ChildJvm.list(this.directory);
		List<String> segment = sharedMemory();
		killed.kill();
		assertThat(processes).allMatch(ProcessHandle::isAlive);
		assertThat(left).hasSize(1).allMatch(Files::exists);
		// two at once: only one of them may do it
		ChildJvm first = child();
		ChildJvm second = child();
		first.awaitReady();
		second.awaitReady();
		first.tell("close");
		second.tell("close");
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
		assertThat(ChildJvm.list(this.directory)).isEmpty();
		assertThat(segments()).doesNotContainAnyElementsOf(segment);
	}

	@Test
	void nextStartClearsUpPausedServersOfAKilledJvm() throws Exception {
		ChildJvm killed = child();
		List<ProcessHandle> processes = withDescendants(killed.awaitReady());
		killed.tell("pause");
		killed.kill();
		System.setProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY, this.directory.toString());
		EmbeddedPostgrest.start().close();
		assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
		assertThat(ChildJvm.list(this.directory)).isEmpty();
	}

	@Test
	void serversOfALiveJvmAreLeftAlone() throws Exception {
		ChildJvm child = child();
		List<ProcessHandle> processes = withDescendants(child.awaitReady());
		System.setProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY, this.directory.toString());
		EmbeddedPostgrest.start().close();
		assertThat(processes).allMatch(ProcessHandle::isAlive);
		assertThat(ChildJvm.list(this.directory)).hasSize(1);
	}

	@Test
	void failedScriptIsNamedAndLeavesNothing() throws Exception {
		System.setProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY, this.directory.toString());
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> EmbeddedPostgrest.builder().script("cars.sql", "broken.sql").start())
			.withMessageContaining("broken.sql")
			.withMessageContaining("line 3")
			.withMessageContaining("no_such_table")
			.withMessageContaining("42P01");
		assertThat(ChildJvm.list(this.directory)).isEmpty();
	}

	@Test
	void serverThatEndsByItselfIsQuotedAndLeavesNothing() throws Exception {
		System.setProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY, this.directory.toString());
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> EmbeddedPostgrest.builder().postgresSetting("no_such_setting", "1").start())
			.withMessageContaining("PostgreSQL on port")
			.withMessageContaining("unrecognized configuration parameter \"no_such_setting\"");
		assertThat(ChildJvm.list(this.directory)).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void rootRunsPostgresAsNobodyWhereNamespacesAreNotAllowed() throws Exception {
		assumeThat(Files.getAttribute(this.directory, "unix:uid")).isEqualTo(0);
		Path programs = Files.createDirectory(this.directory.resolve("programs"));
		for (String program : List.of("setpriv", "true", "ipcrm")) {
			Path target = Path.of("/usr/bin", program);
			if (Files.exists(target)) {
				Files.createSymbolicLink(programs.resolve(program), target);
			}
		}
		Path open = Files.createTempDirectory("dbpool-nobody-test-");
		try {
			Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
			ChildJvm child = ChildJvm.start(open, Map.of("PATH", programs.toString()));
			this.children.add(child);
			ProcessHandle postgres = child.awaitReady().get(0);
			assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid")).isEqualTo(65534);
			child.tell("close");
			assertThat(ChildJvm.list(open)).isEmpty();
		}
		finally {
			Files.delete(open);
			for (Path program : ChildJvm.list(programs)) {
				Files.delete(program);
			}
		}
	}

	private ChildJvm child() throws IOException {
		ChildJvm child = ChildJvm.start(this.directory);
		this.children.add(child);
		return child;
	}

	private List<String> sharedMemory() throws IOException {
		Path pidFile = ChildJvm.list(this.directory).get(0).resolve(PostgresServer.DATA).resolve(SharedMemory.PID_FILE);
		String keyAndId = Files.readAllLines(pidFile).get(6).strip().replaceAll(" +", " ");
		assertThat(segments()).contains(keyAndId);
		return List.of(keyAndId);
	}

	private static List<String> segments() throws IOException {
		return Files.readAllLines(Path.of("/proc/sysvipc/shm"))
			.stream()
			.map((line) -> line.strip().split(" +"))
			.map((fields) -> fields[0] + ' ' + fields[1])
			.toList();
	}

	private static List<ProcessHandle> withDescendants(List<ProcessHandle> processes) {
		return processes.stream()
			.flatMap((process) -> Stream.concat(Stream.of(process), process.descendants()))
			.toList();
	}

	private static boolean isAlive(ProcessHandle process) {
		return process.isAlive() && ProcStat.read(process.pid()).filter((stat) -> !stat.isDead()).isPresent();
	}

}
