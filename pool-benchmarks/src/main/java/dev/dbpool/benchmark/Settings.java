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
@Command(name = "http-benchmark", description = "Compares clients of one server in one run and prints the tables.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class,
			Map.of("--rounds", "5", "--round-millis", "150", "--warm-up-millis", "1000"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick", description = "Two minutes instead of six: --rounds=5 --round-millis=150 "
			+ "--warm-up-millis=1000, unless they are given.")
	boolean quick();

	@Option(names = "--rounds", converter = Options.Count.class, defaultValue = "10",
			description = "Rounds for each client in each cell (default: ${DEFAULT-VALUE}).")
	int rounds();

	@Option(names = "--round-millis", converter = Options.Millis.class, defaultValue = "250",
			description = "Length of a round (default: ${DEFAULT-VALUE}).")
	Duration roundTime();

	@Option(names = "--lead-in-millis", converter = Options.Millis.class, defaultValue = "50",
			description = "How long each round runs before it counts (default: ${DEFAULT-VALUE}).")
	Duration leadIn();

	@Option(names = "--warm-up-millis", converter = Options.Millis.class, defaultValue = "3000",
			description = "Warm-up of each client with each query, before the first round (default: ${DEFAULT-VALUE}). "
					+ "It runs with the stub server; PostgREST follows with a quarter of this time.")
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

	@Option(names = "--rows", split = ",", converter = Query.RowCount.class, defaultValue = "1,100,1000",
			description = "Numbers of rows to ask for, 1 to " + Query.MOST_ROWS + " (default: ${DEFAULT-VALUE}).")
	List<Query> queries();

	@Option(names = "--callers-as", split = ",", paramLabel = "KIND", converter = CallerKind.Converter.class,
			defaultValue = "reactive",
			description = "What callers are, a table each: reactive subscribers, or platform or virtual threads that "
					+ "block; virtual needs JDK 21 or later (default: ${DEFAULT-VALUE}).")
	List<CallerKind> callersAs();

	@Option(names = "--server", paramLabel = "SERVER", defaultValue = "postgrest",
			description = "What the clients read from: postgrest, or stub, which answers for next to no processor time "
					+ "(default: ${DEFAULT-VALUE}).")
	Server server();

	@Option(names = "--tls", description = "The clients speak TLS; a proxy terminates it before PostgREST.")
	boolean tls();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/http-benchmark.md",
			description = "File for the tables (default: ${DEFAULT-VALUE}).")
	Path report();

}
