package dev.dbpool.benchmark.call;

import java.nio.file.Path;
import java.util.Map;

import dev.dbpool.benchmark.Options;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What to run, and for how long.
 */
@Command(name = "call-benchmark",
		description = "Compares what a call costs with what a hand-written call costs, and prints the table.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class, Map.of("--rounds", "1"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick", description = "The same as --rounds=1, unless it is given.")
	boolean quick();

	@Option(names = "--rounds", converter = Options.Count.class, defaultValue = "3",
			description = "Rounds of each client (default: ${DEFAULT-VALUE}).")
	int rounds();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/call-benchmark.md",
			description = "File for the table (default: ${DEFAULT-VALUE}).")
	Path report();

}
