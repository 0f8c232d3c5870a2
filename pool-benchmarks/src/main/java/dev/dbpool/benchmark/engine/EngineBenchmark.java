package dev.dbpool.benchmark.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

import dev.dbpool.benchmark.Options;

import dev.dbpool.benchmark.Threads;

/**
 * Compares the engine with other pools, in one run.
 * <p>
 * A round goes through all columns; in each of them the pools take turns, in order in one
 * round and in reverse order in the next, so that what else goes on in the machine meets
 * all of them alike. Each turn is a process of its own.
 */
public final class EngineBenchmark {

	private final Settings settings;

	private final Results results = new Results();

	private EngineBenchmark(Settings settings) {
		this.settings = settings;
	}

	/**
	 * Runs the benchmark, prints the tables, and writes them and a chart to files.
	 * @param arguments the options, see {@code docs/benchmarks.md}
	 */
	public static void main(String... arguments) {
		System.exit(Settings.OPTIONS.run((settings) -> {
			run(settings);
			return 0;
		}, arguments));
	}

	static Results run(Settings settings) throws IOException {
		Results results = new EngineBenchmark(settings).run();
		String report = Report.of(settings, results);
		System.out.println(report);
		Path file = settings.report().toAbsolutePath();
		Options.write(report, file);
		Chart.write(settings, results, file.resolveSibling(file.getFileName().toString().replaceFirst("\\.md$", "")));
		return results;
	}

	private Results run() {
		for (int round = 0; round < this.settings.rounds(); round++) {
			System.err.println("Round " + (round + 1) + " of " + this.settings.rounds());
			for (Column column : this.settings.columns()) {
				boolean repeated = round > 0 && column.isExact();
				boolean possible = Threads.areVirtualAvailable() || !column.needsVirtualThreads();
				if (possible && !repeated) {
					measure(column, round);
				}
			}
		}
		return this.results;
	}

	private void measure(Column column, int round) {
		List<Peer> peers = this.settings.peers()
			.stream()
			.filter(column::isFor)
			.collect(Collectors.toCollection(ArrayList::new));
		if (round % 2 == 1) {
			Collections.reverse(peers);
		}
		for (Peer peer : peers) {
			Measurement measurement = column.task().measure(peer, this.settings);
			this.results.add(column, peer, measurement);
			progress(column, peer, measurement);
		}
	}

	private static void progress(Column column, Peer peer, Measurement measurement) {
		String failure = measurement.failure();
		String outcome = (failure != null) ? failure
				: column.metrics()
					.stream()
					.map((metric) -> metric.format(measurement.values().getOrDefault(metric, Double.NaN)) + " "
							+ metric.title())
					.collect(Collectors.joining(", "));
		System.err.println("  " + column + ", " + peer + ": " + outcome);
	}

}
