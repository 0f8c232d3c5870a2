package dev.dbpool.benchmark.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.dbpool.benchmark.Options;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What to run, and for how long.
 */
@Command(name = "engine-benchmark",
		description = "Compares the engine with other pools in one run and prints the tables.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class,
			Map.of("--rounds", "1", "--warm-up-millis", "500", "--round-millis", "600"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick", description = "Four minutes instead of twenty: --rounds=1 --warm-up-millis=500 "
			+ "--round-millis=600, unless they are given.")
	boolean quick();

	@Option(names = "--rounds", converter = Options.Count.class, defaultValue = "3",
			description = "Rounds of each pool in each column, a process each (default: ${DEFAULT-VALUE}).")
	int rounds();

	@Option(names = "--warm-up-millis", converter = Options.Millis.class, defaultValue = "800",
			description = "Warm-up of each process (default: ${DEFAULT-VALUE}).")
	Duration warmUp();

	@Option(names = "--round-millis", converter = Options.Millis.class, defaultValue = "1200",
			description = "How long each process measures (default: ${DEFAULT-VALUE}).")
	Duration roundTime();

	@Option(names = "--virtual-threads", converter = Options.Count.class, defaultValue = "10000",
			description = "Virtual threads on 20 connections (default: ${DEFAULT-VALUE}).")
	int virtualThreads();

	@Option(names = "--waiters", converter = Options.Count.class, defaultValue = "100000",
			description = "Pending acquisitions whose memory is measured (default: ${DEFAULT-VALUE}).")
	int waiters();

	@Option(names = "--short-lived", converter = Options.Count.class, defaultValue = "1000000",
			description = "Virtual threads that use a pool once (default: ${DEFAULT-VALUE}).")
	int shortLived();

	@Option(names = "--peers", split = ",", paramLabel = "POOL",
			description = "Pools to compare (default: ${DEFAULT-VALUE}).")
	List<Peer> peers();

	@Option(names = "--columns", split = ",", paramLabel = "COLUMN",
			description = "What to measure (default: ${DEFAULT-VALUE}).")
	List<Column> columns();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/engine-benchmark.md",
			description = "File for the tables; the chart is written beside it (default: ${DEFAULT-VALUE}).")
	Path report();

	/**
	 * Returns the arguments that make another process take the same times and numbers.
	 */
	static List<String> arguments(Settings settings) {
		return List.of("--warm-up-millis=" + settings.warmUp().toMillis(),
				"--round-millis=" + settings.roundTime().toMillis(), "--virtual-threads=" + settings.virtualThreads(),
				"--waiters=" + settings.waiters(), "--short-lived=" + settings.shortLived());
	}

}
