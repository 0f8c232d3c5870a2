package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What is left of servers after {@code close()}, after a failed start, after the end of a
 * JVM, and after a JVM that was killed.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CleanupIntegrationTests {

	/**
	 * Servers of one JVM, one after the other. What they share, PostgreSQL's programs and
	 * the empty database, stays until the JVM ends.
	 */
	@Nested
	@TestMethodOrder(OrderAnnotation.class)
	class InOneJvm {

		@TempDir
		static Path directory;

		private static ChildJvm child;

		@BeforeAll
		static void startChild() throws IOException {
			child = ChildJvm.start(directory);
		}

		@AfterAll
		static void killChild() {
			child.close();
			cleanUp(directory);
		}

		@Test
		void closeLeavesNothing() throws Exception {
			List<ProcessHandle> processes = child.startServers("first");
			List<String> segments = sharedMemory(directory);
			child.run("close first");
			assertThat(list(directory)).hasSize(1);
			assertThat(processes).hasSizeGreaterThan(4).noneMatch(CleanupIntegrationTests::isAlive);
			assertThat(segments()).doesNotContainAnyElementsOf(segments);
		}

		@Test
		void closeOfPausedServersLeavesNothing() throws Exception {
			List<ProcessHandle> processes = child.startServers("paused");
			child.run("pause paused");
			child.run("close paused");
			assertThat(list(directory)).hasSize(1);
			assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
		}

		@Test
		void closeAfterKillLeavesNothing() throws Exception {
			child.startServers("killed");
			List<String> segments = sharedMemory(directory);
			child.run("kill killed");
			child.run("close killed");
			assertThat(list(directory)).hasSize(1);
			assertThat(segments()).doesNotContainAnyElementsOf(segments);
		}

		@Test
		void failedScriptIsNamedAndLeavesNothing() throws Exception {
			assertThat(child.failToStartServers("broken", "script=cars.sql", "script=broken.sql"))
				.contains("broken.sql", "line 3", "no_such_table", "42P01");
			assertThat(list(directory)).hasSize(1);
		}

		@Test
		void serverThatEndsByItselfIsQuotedAndLeavesNothing() throws Exception {
			assertThat(child.failToStartServers("wrong", "setting=no_such_setting")).contains("PostgreSQL on port",
					"unrecognized configuration parameter \"no_such_setting\"");
			assertThat(list(directory)).hasSize(1);
		}

		@Test
		@Order(Integer.MAX_VALUE)
		void terminatedJvmClosesItsServersWhenTheirOwnersAreDoneOrTheirGraceIsOver() throws Exception {
			List<ProcessHandle> processes = Stream
				.of(child.startServers("plain"), child.startServers("abandoned", "grace=PT0.1S"),
						child.startServers("owned", "grace=PT1M"))
				.flatMap(List::stream)
				.toList();
			child.run("own owned");
			assertThat(child.terminate()).contains(ChildJvm.FINISHED);
			assertThat(list(directory)).isEmpty();
			assertThat(processes).noneMatch(CleanupIntegrationTests::isAlive);
		}

	}

	/**
	 * JVMs that end while their servers run.
	 */
	@Nested
	class AfterAJvm {

		@TempDir
		Path directory;

		@AfterEach
		void cleanUpDirectory() {
			cleanUp(this.directory);
		}

		@Test
		void nextStartsCleanUpAfterAKilledJvmAndEndsOfJvmsLeaveNothing() throws Exception {
			List<ProcessHandle> killed;
			List<String> segments;
			try (ChildJvm child = ChildJvm.start(this.directory)) {
				killed = Stream.of(child.startServers("running"), child.startServers("paused"))
					.flatMap(List::stream)
					.toList();
				segments = sharedMemory(this.directory);
				child.run("pause paused");
				child.kill();
			}
			List<Path> left = list(this.directory);
			assertThat(left).hasSize(3);
			assertThat(killed).allMatch(ProcessHandle::isAlive);
			try (ChildJvm first = ChildJvm.start(this.directory); ChildJvm second = ChildJvm.start(this.directory)) {
				// only one of both may clean up each directory
				first.requestServers("first");
				second.requestServers("second");
				List<ProcessHandle> live = Stream.of(first.awaitServers(), second.awaitServers())
					.flatMap(List::stream)
					.toList();
				assertThat(killed).noneMatch(CleanupIntegrationTests::isAlive);
				assertThat(left).noneMatch(Files::exists);
				assertThat(segments()).doesNotContainAnyElementsOf(segments);
				first.startServers("third");
				assertThat(live).allMatch(CleanupIntegrationTests::isAlive);
				assertThat(list(this.directory)).hasSize(5);
				first.exit();
				second.terminate();
				assertThat(list(this.directory)).isEmpty();
				assertThat(live).noneMatch(CleanupIntegrationTests::isAlive);
			}
		}

		@Test
		@EnabledOnOs(OS.LINUX)
		void rootRunsPostgresUnprivilegedWhereNamespacesAreNotAllowed() throws Exception {
			assumeThat(Files.getAttribute(this.directory, "unix:uid")).isEqualTo(0);
			Path programs = Files.createDirectory(this.directory.resolve("programs"));
			for (String program : List.of("setpriv", "true", "ipcrm")) {
				Path target = Path.of("/usr/bin", program);
				if (Files.exists(target)) {
					Files.createSymbolicLink(programs.resolve(program), target);
				}
			}
			Path open = Files.createTempDirectory("dbpool-unprivileged-test-");
			try (ChildJvm child = ChildJvm.start(open, Map.of("PATH", programs.toString()))) {
				Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
				for (String name : List.of("first", "second")) {
					ProcessHandle postgres = child.startServers(name).get(0);
					assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid")).isEqualTo(65534);
				}
				child.terminate();
				assertThat(list(open)).isEmpty();
			}
			finally {
				cleanUp(open);
				Files.delete(open);
			}
		}

	}

	private static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> paths = Files.list(directory)) {
			return paths.toList();
		}
	}

	/**
	 * Ends what a failed test left behind.
	 */
	private static void cleanUp(Path directory) {
		RunDirectory own = RunDirectory.create(directory);
		StaleRunDirectories.cleanBeside(own);
		own.delete();
	}

	/**
	 * The shared memory segments of the running servers.
	 */
	private static List<String> sharedMemory(Path directory) throws IOException {
		List<String> segments = list(directory).stream()
			.map((run) -> run.resolve(PostgresServer.DATA).resolve(SharedMemory.PID_FILE))
			.filter(Files::exists)
			.map(CleanupIntegrationTests::segment)
			.toList();
		assertThat(segments).isNotEmpty();
		assertThat(segments()).containsAll(segments);
		return segments;
	}

	private static String segment(Path pidFile) {
		try {
			return Files.readAllLines(pidFile).get(6).strip().replaceAll(" +", " ");
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private static List<String> segments() throws IOException {
		return Files.readAllLines(Path.of("/proc/sysvipc/shm"))
			.stream()
			.map((line) -> line.strip().split(" +"))
			.map((fields) -> fields[0] + ' ' + fields[1])
			.toList();
	}

	private static boolean isAlive(ProcessHandle process) {
		return process.isAlive() && ProcStat.read(process.pid()).filter((stat) -> !stat.isDead()).isPresent();
	}

}
