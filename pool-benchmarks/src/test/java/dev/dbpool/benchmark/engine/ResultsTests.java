package dev.dbpool.benchmark.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ResultsTests {

	private final Results results = new Results();

	@Test
	void aPoolThatFailedIsNeverTheBest() {
		add(Peer.POOL, 90);
		add(Peer.STORMPOT, 200);
		this.results.add(Column.THREADS_1, Peer.STORMPOT, Measurement.failed("claim timed out"));
		add(Peer.AGROAL, 10, 30, 20);
		add(Peer.HIKARI_BAG, 15);
		assertThat(this.results.best(Column.THREADS_1, Metric.THROUGHPUT, List.of(Peer.values()),
				(peer) -> peer != Peer.POOL))
			.contains(Peer.AGROAL);
		assertThat(this.results.median(Column.THREADS_1, Peer.AGROAL, Metric.THROUGHPUT)).hasValue(20);
	}

	@Test
	void lessIsMoreOfWhatAPoolCosts() {
		this.results.add(Column.YIELD, Peer.AGROAL, Measurement.of(Map.of(Metric.WAIT_P99, 300.0)));
		this.results.add(Column.YIELD, Peer.VIBUR, Measurement.of(Map.of(Metric.WAIT_P99, 100.0)));
		assertThat(this.results.best(Column.YIELD, Metric.WAIT_P99, List.of(Peer.values()), (peer) -> true))
			.contains(Peer.VIBUR);
	}

	@Test
	void theReportComparesWithTheBestFairOrSafePoolAndWithTheBest() {
		add(Peer.POOL, 90);
		add(Peer.HIKARI_BAG, 60);
		add(Peer.AGROAL, 30);
		add(Peer.SEMAPHORE, 900);
		this.results.add(Column.THREADS_1, Peer.STORMPOT, Measurement.failed("claim timed out"));
		String report = Report.of(Settings.OPTIONS.parse("--columns=threads-1"), this.results);
		assertThat(report).contains("| **this pool ÷ best fair or safe pool** | | | **3.00** (agroal) |",
				"| **this pool ÷ best pool** | | | **1.50** (hikari-bag) |", "| Stormpot |  |  | claim timed out |");
	}

	@Test
	void everythingIsMeasuredByDefault() {
		Settings settings = Settings.OPTIONS.parse();
		assertThat(settings.peers()).containsExactly(Peer.values());
		assertThat(settings.columns()).containsExactly(Column.values());
		assertThat(settings.report()).isEqualTo(Path.of("target/engine-benchmark.md"));
	}

	@Test
	void argumentsTakeTheTimesAndNumbersToAnotherProcess() {
		Settings settings = Settings.OPTIONS.parse("--quick", "--waiters=7", "--short-lived=8", "--virtual-threads=9");
		Settings other = Settings.OPTIONS.parse(Settings.arguments(settings).toArray(String[]::new));
		assertThat(List.of(other.warmUp(), other.roundTime())).containsExactly(settings.warmUp(), settings.roundTime());
		assertThat(List.of(other.waiters(), other.shortLived(), other.virtualThreads())).containsExactly(7, 8, 9);
	}

	private void add(Peer peer, double... throughput) {
		for (double value : throughput) {
			this.results.add(Column.THREADS_1, peer, Measurement.of(Map.of(Metric.THROUGHPUT, value)));
		}
	}

}
