package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static dev.dbpool.embedded.Leftovers.cleanUp;
import static dev.dbpool.embedded.Leftovers.list;
import static dev.dbpool.embedded.Leftovers.segments;
import static dev.dbpool.embedded.Leftovers.sharedMemory;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is left of servers of one JVM after {@code close()}, after a failed start and
 * after the end of the JVM. What they share, PostgreSQL's programs and the empty
 * database, stays until then.
 */
@Tag("long")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestMethodOrder(OrderAnnotation.class)
class CleanupIntegrationTests {

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
		assertThat(processes).hasSizeGreaterThan(4).noneMatch(Leftovers::isAlive);
		assertThat(segments()).doesNotContainAnyElementsOf(segments);
	}

	@Test
	void closeOfPausedServersLeavesNothing() throws Exception {
		List<ProcessHandle> processes = child.startServers("paused");
		child.run("pause paused");
		child.run("close paused");
		assertThat(list(directory)).hasSize(1);
		assertThat(processes).noneMatch(Leftovers::isAlive);
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
		assertThat(child.failToStartServers("broken", "script=cars.sql", "script=broken.sql")).contains("broken.sql",
				"line 3", "no_such_table", "42P01");
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
		assertThat(processes).noneMatch(Leftovers::isAlive);
	}

}
