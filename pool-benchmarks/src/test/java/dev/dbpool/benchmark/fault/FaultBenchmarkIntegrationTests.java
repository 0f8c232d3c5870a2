package dev.dbpool.benchmark.fault;

import dev.dbpool.benchmark.fault.Call.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmark with faults of seconds.
 */
class FaultBenchmarkIntegrationTests {

	@Test
	@Tag("long")
	void everyFaultStrikesAndLeavesTheInvariantsIntact() throws Exception {
		Settings settings = Settings.OPTIONS.parse("--quick", "--faults=postgrest-killed,bad-gateway,truncated",
				"--lead-in-millis=500", "--longest-fault-millis=1500", "--after-millis=1500");
		Results results = FaultBenchmark.run(settings);
		assertThat(results.violations()).isEmpty();
		for (Fault fault : settings.faults()) {
			for (Peer peer : settings.peers()) {
				Measurement measurement = results.of(fault, peer);
				assertThat(measurement.total(Kind.READ)).as("%s: %s", fault, peer).isGreaterThan(50);
				assertThat(measurement.missing()).as("%s: %s", fault, peer).isZero();
			}
			Measurement ours = results.of(fault, Peer.POOLED);
			assertThat(ours.duplicated()).as("%s", fault).isZero();
			assertThat(ours.denied()).as("%s", fault).isZero();
			assertThat(ours.health()).as("%s", fault).isNotEmpty();
		}
		assertThat(results.of(Fault.POSTGREST_KILLED, Peer.BARE).reasons()).containsKey("refused");
		assertThat(results.of(Fault.BAD_GATEWAY, Peer.BARE).reasons()).containsOnlyKeys("HTTP 502");
		assertThat(results.of(Fault.TRUNCATED, Peer.BARE).reasons()).containsOnlyKeys("connection lost");
		assertThat(Report.of(settings, results)).contains("## Reads that failed or were late", Fault.TRUNCATED.title())
			.contains("Violated invariants: none")
			.doesNotContain("NaN", "Infinity");
	}

}
