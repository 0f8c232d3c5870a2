package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Prints the table of start-up times of {@code docs/embedded.md}, from as many JVMs as
 * the system property says.
 */
@EnabledIfSystemProperty(named = StartTimeIntegrationTests.JVMS, matches = "\\d+")
class StartTimeIntegrationTests {

	static final String JVMS = "dbpool.embedded.start-time.jvms";

	@TempDir
	Path directory;

	@Test
	void startTimesArePrinted() throws IOException {
		List<Long> first = new ArrayList<>();
		List<Long> second = new ArrayList<>();
		for (int i = 0; i < Integer.getInteger(JVMS); i++) {
			try (ChildJvm child = ChildJvm.start(this.directory)) {
				List<Long> times = child.timeStarts(2);
				first.add(times.get(0));
				second.add(times.get(1));
				child.exit();
			}
		}
		assertThat(first).isNotEmpty();
		System.out.printf("| start | median | fastest | slowest |%n|---|---|---|---|%n%s%n%s%n",
				row("the first of a JVM", first), row("the second", second));
	}

	private static String row(String name, List<Long> millis) {
		List<Long> sorted = millis.stream().sorted().toList();
		return "| %s | %d ms | %d ms | %d ms |".formatted(name, sorted.get(sorted.size() / 2), sorted.get(0),
				sorted.get(sorted.size() - 1));
	}

}
