package dev.dbpool.benchmark.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import dev.dbpool.benchmark.Threads;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmark with tiny rounds, in real processes.
 */
@Timeout(300)
class EngineBenchmarkIntegrationTests {

	@TempDir
	private Path directory;

	@Test
	void measuresOnePoolInOneColumn() throws Exception {
		Results results = run("--peers=pool", "--columns=threads-1");
		assertThat(results.of(Column.THREADS_1, Peer.POOL)).hasSize(1)
			.allSatisfy((measurement) -> assertThat(measurement.values())
				.containsKeys(Column.THREADS_1.metrics().toArray(Metric[]::new)));
		assertThat(report()).contains("## Acquire and release", "| this pool | yes |");
	}

	@Test
	@Tag("long")
	void measuresEachPoolInEachColumnThatItKnows() throws Exception {
		Results results = run("--peers=pool,vibur", "--columns=threads-1,timeout,async-cancel");
		for (Column column : List.of(Column.THREADS_1, Column.TIMEOUT, Column.ASYNC_CANCEL)) {
			for (Peer peer : List.of(Peer.POOL, Peer.VIBUR)) {
				assertThat(results.of(column, peer)).hasSize(column.isFor(peer) ? 1 : 0)
					.allSatisfy((measurement) -> assertThat(measurement.values())
						.containsKeys(column.metrics().toArray(Metric[]::new)));
			}
		}
		assertThat(report())
			.contains("## Acquire and release", "## Waiting", "## Asynchronous", "| this pool | yes |",
					"this pool ÷ best fair or safe pool", "(vibur)")
			.doesNotContain("NaN", "Infinity", "## Memory");
		assertThat(this.directory.resolve("report.png")).isNotEmptyFile();
	}

	@Test
	@Tag("long")
	void probesRunInProcessesOfTheirOwn() throws Exception {
		Results results = run("--peers=pool", "--columns=fairness,virtual,waiters,retained", "--virtual-threads=50",
				"--waiters=1000", "--short-lived=20000");
		assertThat(results.median(Column.FAIRNESS, Peer.POOL, Metric.SLOWEST)).isPresent();
		assertThat(results.median(Column.WAITERS, Peer.POOL, Metric.BYTES_PER_WAITER)).isPresent();
		for (Column column : List.of(Column.VIRTUAL, Column.RETAINED)) {
			assertThat(results.failures(column, Peer.POOL)).isEmpty();
			assertThat(results.of(column, Peer.POOL)).hasSize(Threads.areVirtualAvailable() ? 1 : 0);
		}
		assertThat(report()).contains("## Virtual threads", "## Memory");
		if (!Threads.areVirtualAvailable()) {
			assertThat(report()).contains("Left out, since this JDK has no virtual threads: virtual threads on 20.");
		}
	}

	private Results run(String... arguments) throws Exception {
		String[] tiny = { "--rounds=1", "--warm-up-millis=60", "--round-millis=90",
				"--report=" + this.directory.resolve("report.md") };
		String[] all = new String[tiny.length + arguments.length];
		System.arraycopy(tiny, 0, all, 0, tiny.length);
		System.arraycopy(arguments, 0, all, tiny.length, arguments.length);
		return EngineBenchmark.run(Settings.OPTIONS.parse(all));
	}

	private String report() throws Exception {
		return Files.readString(this.directory.resolve("report.md"));
	}

}
