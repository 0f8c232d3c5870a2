package dev.dbpool.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static dev.dbpool.embedded.Leftovers.cleanUp;
import static dev.dbpool.embedded.Leftovers.list;
import static dev.dbpool.embedded.Leftovers.segments;
import static dev.dbpool.embedded.Leftovers.sharedMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What is left of servers of JVMs that end while they run.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tag("long")
class KilledJvmIntegrationTests {

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
			assertThat(killed).noneMatch(Leftovers::isAlive);
			assertThat(left).noneMatch(Files::exists);
			assertThat(segments()).doesNotContainAnyElementsOf(segments);
			first.startServers("third");
			assertThat(live).allMatch(Leftovers::isAlive);
			assertThat(list(this.directory)).hasSize(5);
			first.exit();
			second.terminate();
			assertThat(list(this.directory)).isEmpty();
			assertThat(live).noneMatch(Leftovers::isAlive);
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
