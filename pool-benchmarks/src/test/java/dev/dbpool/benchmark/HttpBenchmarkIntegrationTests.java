package dev.dbpool.benchmark;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmark with tiny rounds, on servers in processes of their own.
 */
class HttpBenchmarkIntegrationTests {

	@Test
	void measuresEveryClientOnTheStubServerOverTls() throws Exception {
		measure("--server=stub", "--tls", "--rows=1,3", "--callers=2", "--callers-as=reactive,platform", "--rounds=1",
				"--round-millis=20", "--warm-up-millis=4", "--lead-in-millis=1", "--connections=2");
	}

	@Test
	@Tag("long")
	void measuresEveryClientOnPostgrest() throws Exception {
		measure("--rows=1,100", "--callers=4", "--rounds=2", "--round-millis=100", "--warm-up-millis=50",
				"--connections=5");
	}

	@Test
	@Tag("long")
	void measuresEveryClientOnPostgrestBehindTls() throws Exception {
		measure("--tls", "--rows=1000", "--callers=4", "--rounds=1", "--round-millis=100", "--warm-up-millis=50",
				"--connections=5");
	}

	private static void measure(String... arguments) throws Exception {
		Settings settings = Settings.OPTIONS.parse(arguments);
		Results results = HttpBenchmark.run(settings);
		assertThat(results.failures()).isZero();
		for (CallerKind kind : settings.callersAs()) {
			for (Cell cell : Cell.of(settings, kind)) {
				for (Peer peer : Peer.values()) {
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
