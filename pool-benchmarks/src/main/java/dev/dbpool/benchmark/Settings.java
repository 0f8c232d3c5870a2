package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What to run, and for how long.
 */
@Command(name = "http-benchmark", description = "Compares clients of one PostgREST in one run and prints the tables.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class,
			Map.of("--rounds", "6", "--round-millis", "200", "--warm-up-millis", "1500"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick", description = "One minute instead of five: --rounds=6 --round-millis=200 "
			+ "--warm-up-millis=1500, unless they are given.")
	boolean quick();

	@Option(names = "--rounds", converter = Options.Count.class, defaultValue = "14",
			description = "Rounds for each client in each cell (default: ${DEFAULT-VALUE}).")
	int rounds();

	@Option(names = "--round-millis", converter = Options.Millis.class, defaultValue = "400",
			description = "Length of a round (default: ${DEFAULT-VALUE}).")
	Duration roundTime();

	@Option(names = "--lead-in-millis", converter = Options.Millis.class, defaultValue = "60",
			description = "How long each round runs before it counts (default: ${DEFAULT-VALUE}).")
	Duration leadIn();

	@Option(names = "--warm-up-millis", converter = Options.Millis.class, defaultValue = "4000",
			description = "Warm-up of each client with each query, before the first round (default: ${DEFAULT-VALUE}).")
	Duration warmUp();

	@Option(names = "--callers", split = ",", converter = Options.Count.class, defaultValue = "1,20,100",
			description = "Numbers of concurrent callers (default: ${DEFAULT-VALUE}).")
	List<Integer> callers();

	@Option(names = "--connections", converter = Options.Count.class, defaultValue = "20",
			description = "Connections of each pool, and of PostgREST's own (default: ${DEFAULT-VALUE}).")
	int connections();

	@Option(names = "--clients", split = ",", paramLabel = "CLIENT",
			description = "Clients to compare (default: ${DEFAULT-VALUE}).")
	List<Peer> peers();

	@Option(names = "--queries", split = ",", paramLabel = "QUERY",
			description = "Queries, a table each: one row, a page of 100 rows (default: ${DEFAULT-VALUE}).")
	List<Query> queries();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/http-benchmark.md",
			description = "File for the tables (default: ${DEFAULT-VALUE}).")
	Path report();

}
