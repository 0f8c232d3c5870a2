package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What to run, and for how long.
 *
 * @param peers the clients
 * @param queries the queries, a table each
 * @param callers the numbers of concurrent callers
 * @param connections the size of each pool, and of PostgREST's own
 * @param rounds how often each client is measured in each cell
 * @param leadIn how long each round runs before it counts
 * @param roundTime how long each round counts
 * @param warmUp how long each client runs each query before the first round
 * @param report the file for the tables
 */
record Settings(List<Peer> peers, List<Query> queries, List<Integer> callers, int connections, int rounds,
		Duration leadIn, Duration roundTime, Duration warmUp, Path report) {

	static final String USAGE = """
			Options: --quick                 a minute instead of five: fewer and shorter rounds
			         --rounds=14             rounds for each client in each cell
			         --round-millis=400      length of a round
			         --lead-in-millis=60     how long each round runs before it counts
			         --warm-up-millis=4000   warm-up of each client with each query
			         --callers=1,20,100      concurrent callers
			         --connections=20        connections of each pool, and of PostgREST's own
			         --clients=%s
			         --queries=row,page      what is asked for: 1 row, 100 rows
			         --report=FILE           where the tables are written to
			""".formatted(CommandLine.join(Peer.values(), Peer::id));

	/**
	 * Reads the arguments of the command line.
	 * @throws IllegalArgumentException if there is one that makes no sense
	 */
	static Settings parse(String... arguments) {
		CommandLine options = new CommandLine(arguments);
		boolean quick = options.flag("--quick");
		Settings settings = new Settings(options.list("--clients", Peer.values(), Peer::id),
				options.list("--queries", Query.values(), Query::id), options.numbers("--callers", 1, 20, 100),
				options.number("--connections", 20), options.number("--rounds", quick ? 6 : 14),
				options.millis("--lead-in-millis", 60), options.millis("--round-millis", quick ? 200 : 400),
				options.millis("--warm-up-millis", quick ? 1500 : 4000),
				options.path("--report", "target/http-benchmark.md"));
		options.refuseOthers();
		return settings;
	}

}
