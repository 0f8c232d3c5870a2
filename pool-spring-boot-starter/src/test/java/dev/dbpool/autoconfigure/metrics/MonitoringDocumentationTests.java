package dev.dbpool.autoconfigure.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.postgrest.error.Failure;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The values of tags in the table of meters.
 */
class MonitoringDocumentationTests {

	@Test
	void everyReasonToCloseAConnectionIsDocumented() throws IOException {
		assertThat(row("dbpool.connections.closed")).contains(tags(CloseReason.values()));
	}

	@Test
	void everyKindOfFailureIsDocumented() throws IOException {
		assertThat(row("dbpool.failures")).contains(tags(Failure.Kind.values()));
	}

	private static String[] tags(Enum<?>[] values) {
		return Stream.of(values)
			.map((value) -> "`" + value.name().toLowerCase(Locale.ROOT) + "`")
			.toArray(String[]::new);
	}

	private static String row(String meter) throws IOException {
		try (Stream<String> lines = Files.lines(Path.of("..", "docs", "monitoring.md"))) {
			return lines.filter((line) -> line.startsWith("| `" + meter + "` |")).findFirst().orElseThrow();
		}
	}

}
