package dev.dbpool.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmark with tiny rounds, on the real servers.
 */
@Tag("long")
class HttpBenchmarkIntegrationTests {

	@Test
	void measuresEveryClientInEveryCell(@TempDir Path directory) throws Exception {
		Settings settings = Settings.OPTIONS.parse("--quick", "--rounds=2", "--round-millis=100", "--warm-up-millis=50",
				"--lead-in-millis=20", "--callers=4", "--connections=5", "--report=" + directory.resolve("report.md"));
		Results results = HttpBenchmark.run(settings);
		assertThat(results.failures()).isZero();
		for (Query query : Query.values()) {
			for (int callers : settings.callers()) {
				for (Peer peer : Peer.values()) {
					assertThat(results.rounds(new Cell(query, callers), peer)).hasSize(2)
						.allSatisfy((round) -> assertThat(round.perSecond()).isPositive());
				}
			}
		}
		assertThat(Report.of(settings, results)).contains("## 1 row", "## 100 rows", "## Throughput of PooledClient")
			.doesNotContain("NaN", "Infinity");
		assertThat(Files.exists(settings.report())).isFalse();
	}

}
