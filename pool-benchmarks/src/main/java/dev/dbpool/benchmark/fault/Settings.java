package dev.dbpool.benchmark.fault;

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
@Command(name = "fault-benchmark",
		description = "Compares clients while servers and the network fail, and prints the tables.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class,
			Map.of("--lead-in-millis", "1500", "--longest-fault-millis", "2000", "--after-millis", "3000"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick", description = "Seconds for each fault: --lead-in-millis=1500 "
			+ "--longest-fault-millis=2000 --after-millis=3000, unless they are given.")
	boolean quick();

	@Option(names = "--overload", description = "Instead of faults, a load of 0.5 to 4 times the capacity of a server.")
	boolean overload();

	@Option(names = "--faults", split = ",", paramLabel = "FAULT",
			description = "Faults to run (default: ${DEFAULT-VALUE}).")
	List<Fault> faults();

	@Option(names = "--clients", split = ",", paramLabel = "CLIENT",
			description = "Clients to compare (default: ${DEFAULT-VALUE}).")
	List<Peer> peers();

	@Option(names = "--lead-in-millis", converter = Options.Millis.class, defaultValue = "4000",
			description = "How long the load runs before the fault (default: ${DEFAULT-VALUE}).")
	Duration leadIn();

	@Option(names = "--longest-fault-millis", converter = Options.Millis.class, defaultValue = "15000",
			description = "Limit of the lengths of all faults (default: ${DEFAULT-VALUE}).")
	Duration longestFault();

	@Option(names = "--after-millis", converter = Options.Millis.class, defaultValue = "10000",
			description = "How long the load runs after the fault (default: ${DEFAULT-VALUE}).")
	Duration after();

	@Option(names = "--seed", converter = Options.Count.class, defaultValue = "1",
			description = "Seed of the random choices of the network (default: ${DEFAULT-VALUE}).")
	int seed();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/fault-benchmark.md",
			description = "File for the tables; the picture is beside it (default: ${DEFAULT-VALUE}).")
	Path report();

}
