package dev.dbpool.benchmark.load;

import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The load test in its short form, on servers in processes of their own.
 */
@Tag("long")
class LoadTestIntegrationTests {

	@Test
	void measuresEveryClientOverTlsWithLatency() throws Exception {
		Settings settings = Settings.OPTIONS.parse("--server=stub", "--tls", "--latency-millis=10", "--rate=20",
				"--seconds=2", "--warm-up-seconds=1");
		Map<ClientKind, Measurement> measurements = LoadTest.run(settings);
		assertThat(measurements).containsOnlyKeys(ClientKind.values()).allSatisfy((kind, measurement) -> {
			assertThat(measurement.sent()).isEqualTo(40);
			assertThat(measurement.failures()).isEmpty();
			assertThat(measurement.latencies().getTotalCount()).isEqualTo(40);
			assertThat(measurement.latencies().getMinValue()).isGreaterThan(9_000);
			assertThat(measurement.samples()).isNotEmpty();
		});
		assertThat(measurements.get(ClientKind.PER_REQUEST)).isNotNull().extracting(Measurement::opened).isEqualTo(40L);
		assertThat(HtmlReport.of(settings, measurements)).contains("\"title\":\"the pool\"")
			.doesNotContain("http:", "src=", "/*DATA*/");
		assertThat(Table.of(settings, measurements)).contains("| the pool |").doesNotContain("NaN", "Infinity");
	}

	@Test
	void measuresCallersOfPostgrestThatWaitForTheirAnswers() throws Exception {
		Map<ClientKind, Measurement> measurements = LoadTest
			.run(Settings.OPTIONS.parse("--callers=4", "--clients=bare,pooled", "--seconds=2", "--warm-up-seconds=1"));
		assertThat(measurements).containsOnlyKeys(ClientKind.BARE, ClientKind.POOLED)
			.allSatisfy((kind, measurement) -> {
				assertThat(measurement.failures()).isEmpty();
				assertThat(measurement.latencies().getTotalCount()).isEqualTo(measurement.sent()).isPositive();
			});
	}

}
