package dev.dbpool.benchmark;

import java.util.Arrays;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmark with tiny rounds, on servers in processes of their own.
 */
@Tag("long")
class HttpBenchmarkIntegrationTests {

	private static final String[] TINY = { "--callers=2", "--rounds=1", "--round-millis=20", "--warm-up-millis=4",
			"--lead-in-millis=1", "--connections=2" };

	@Test
	void measuresEveryClientOnTheStubServerOverTls() throws Exception {
		measure("--server=stub", "--tls", "--rows=1,3", "--callers-as=reactive,platform");
	}

	@Test
	void measuresEveryClientOnPostgrest() throws Exception {
		measure("--rows=1,100", "--callers=1,4");
	}

	@Test
	void measuresEveryClientOnPostgrestBehindTls() throws Exception {
		measure("--tls", "--rows=1000");
	}

	private static void measure(String... arguments) throws Exception {
		Settings settings = Settings.OPTIONS
			.parse(Stream.of(TINY, arguments).flatMap(Arrays::stream).toArray(String[]::new));
		Results results = HttpBenchmark.run(settings);
		assertThat(results.failures()).isZero();
		for (CallerKind kind : settings.callersAs()) {
			for (Cell cell : Cell.of(settings, kind)) {
				for (Peer peer : settings.peers()) {
					assertThat(results.rounds(cell, peer)).as("%s: %s", cell, peer)
						.hasSize(peer.runs(cell.query()) ? settings.rounds() : 0)
						.allSatisfy((round) -> assertThat(round.perSecond()).isPositive());
				}
			}
		}
		assertThat(Report.of(settings, results)).contains("## Processor time per call", "## Calls per second")
			.doesNotContain("NaN", "Infinity", "Failed requests");
	}

}
