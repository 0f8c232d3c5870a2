package dev.dbpool.benchmark.fault;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.benchmark.fault.Measurement.Times;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class OverloadReportTests {

	private final Settings settings = Settings.OPTIONS.parse("--overload", "--clients=pooled,bare");

	@Test
	void tableHasGoodputAndLatencyOfEachClientUnderEachLoad(@TempDir Path directory) throws Exception {
		Map<Overload, Map<Peer, Measurement>> results = new LinkedHashMap<>();
		Overload.ALL.forEach((overload) -> results.put(overload, Map.of(Peer.POOLED,
				measurement(250, Duration.ofMillis(400)), Peer.BARE, measurement(0, Duration.ZERO))));
		OverloadReport report = new OverloadReport(this.settings, results);
		assertThat(report.toString()).contains("Capacity: 25/s. Deadline: 1000 ms.")
			.contains("| load | **`PooledClient`** | bare `WebClient` |")
			.contains("| 0.5 × | 25.0/s; 400 ms | 0.0/s; – |")
			.contains("| 4.0 × | 25.0/s; 400 ms | 0.0/s; – |");
		report.writeChart(directory.resolve("overload"));
		assertThat(Files.size(directory.resolve("overload.png"))).isPositive();
	}

	/**
	 * Calls that arrive at equal distances within the ten seconds of a fault.
	 */
	private static Measurement measurement(int calls, Duration latency) {
		long length = Duration.ofSeconds(10).toNanos() - latency.toNanos();
		List<Call> all = new ArrayList<>();
		for (int i = 0; i < calls; i++) {
			long start = i * length / calls;
			all.add(new Call(Call.Kind.READ, i, start, start + latency.toNanos(), null));
		}
		long end = Duration.ofSeconds(10).toNanos();
		return new Measurement(new Times(0, 0, end, end), all, Map.of(), 0, 0, List.of(), List.of());
	}

}
