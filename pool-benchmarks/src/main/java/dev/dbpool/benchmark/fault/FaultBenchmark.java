package dev.dbpool.benchmark.fault;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.dbpool.benchmark.Options;

/**
 * Compares clients while servers and the network fail.
 * <p>
 * Each client has servers and a network of its own, in which the same fault happens at
 * the same time, and is new in each fault.
 */
public final class FaultBenchmark {

	/**
	 * Before the first fault the paths of success and failure are compiled.
	 */
	private static final List<Fault> WARM_UP = List.of(Fault.BURST, Fault.RESET_ONCE);

	private final Settings settings;

	private final Map<Peer, Site> sites = new EnumMap<>(Peer.class);

	private FaultBenchmark(Settings settings) {
		this.settings = settings;
	}

	/**
	 * Runs the faults, prints the tables and writes them to a file.
	 * @param arguments the options, see {@code docs/fault-benchmark.md}
	 */
	public static void main(String... arguments) {
		System.exit(Settings.OPTIONS.run(FaultBenchmark::report, arguments));
	}

	private static int report(Settings settings) throws Exception {
		if (settings.overload()) {
			return reportOverload(settings);
		}
		Results results = run(settings);
		String report = Report.of(settings, results);
		System.out.println(report);
		Options.write(report, settings.report());
		Chart.write(settings, results, Path.of(settings.report().toString().replaceFirst("\\.md$", "")));
		return results.violations().isEmpty() ? 0 : 1;
	}

	private static int reportOverload(Settings settings) throws Exception {
		OverloadReport report = new OverloadReport(settings, runOverload(settings));
		System.out.println(report);
		Path file = settings.report().resolveSibling("overload-benchmark.md");
		Options.write(report.toString(), file);
		report.writeChart(file.resolveSibling("overload-benchmark"));
		return 0;
	}

	static Results run(Settings settings) throws Exception {
		FaultBenchmark benchmark = new FaultBenchmark(settings);
		Results results = new Results();
		benchmark.onSites(() -> {
			for (Fault fault : settings.faults()) {
				System.err.println(fault);
				results.add(fault, benchmark.run(fault));
			}
		});
		return results;
	}

	static Map<Overload, Map<Peer, Measurement>> runOverload(Settings settings) throws Exception {
		FaultBenchmark benchmark = new FaultBenchmark(settings);
		Map<Overload, Map<Peer, Measurement>> results = new LinkedHashMap<>();
		benchmark.onSites(() -> {
			for (Overload overload : Overload.ALL) {
				System.err.println(overload);
				results.put(overload, benchmark.run(overload));
			}
		});
		return results;
	}

	private void onSites(Runs runs) throws Exception {
		try {
			for (Peer peer : this.settings.peers()) {
				this.sites.put(peer, Site.start(this.settings.seed()));
			}
			for (Fault fault : WARM_UP) {
				System.err.println("Warm-up");
				run(fault);
			}
			runs.run();
		}
		finally {
			this.sites.values().forEach(Site::close);
		}
	}

	private Map<Peer, Measurement> run(Scenario scenario) throws Exception {
		Map<Peer, Measurement> measurements = new EnumMap<>(Peer.class);
		ExecutorService trials = Executors.newFixedThreadPool(scenario.needsWholeMachine() ? 1 : this.sites.size());
		try {
			List<Peer> peers = new ArrayList<>();
			List<Callable<Measurement>> runs = new ArrayList<>();
			this.sites.forEach((peer, site) -> {
				peers.add(peer);
				runs.add(() -> new Trial(this.settings, scenario, site).run(peer));
			});
			List<Future<Measurement>> ended = trials.invokeAll(runs);
			for (int i = 0; i < ended.size(); i++) {
				measurements.put(peers.get(i), ended.get(i).get());
			}
		}
		finally {
			trials.shutdownNow();
		}
		return measurements;
	}

	/**
	 * What runs on the sites.
	 */
	@FunctionalInterface
	private interface Runs {

		void run() throws Exception;

	}

}
