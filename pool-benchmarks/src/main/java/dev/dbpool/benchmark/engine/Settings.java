package dev.dbpool.benchmark.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.dbpool.benchmark.CommandLine;

/**
 * What to run, and for how long.
 *
 * @param peers the pools
 * @param columns what is measured
 * @param rounds how often each pool is measured in each column
 * @param warmUp how long each process warms up
 * @param roundTime how long each process measures
 * @param virtualThreads how many virtual threads share 20 connections
 * @param waiters how many acquisitions are pending when their memory is measured
 * @param shortLived how many virtual threads use a pool once
 * @param report the file for the tables; the chart goes beside it
 */
record Settings(List<Peer> peers, List<Column> columns, int rounds, Duration warmUp, Duration roundTime,
		int virtualThreads, int waiters, int shortLived, Path report) {

	static final String USAGE = """
			Options: --quick                   four minutes instead of twenty: one round, and a short one
			         --rounds=3                rounds of each pool in each column, a process each
			         --warm-up-millis=800      warm-up of each process
			         --round-millis=1200       how long each process measures
			         --virtual-threads=10000   virtual threads on 20 connections
			         --waiters=100000          pending acquisitions whose memory is measured
			         --short-lived=1000000     virtual threads that use a pool once
			         --peers=%s
			         --columns=%s
			         --report=FILE             where the tables are written to; the chart goes beside it
			""".formatted(CommandLine.join(Peer.values(), Peer::id), CommandLine.join(Column.values(), Column::id));

	/**
	 * Reads the arguments of the command line.
	 * @throws IllegalArgumentException if there is one that makes no sense
	 */
	static Settings parse(String... arguments) {
		CommandLine options = new CommandLine(arguments);
		boolean quick = options.flag("--quick");
		Settings settings = new Settings(options.list("--peers", Peer.values(), Peer::id),
				options.list("--columns", Column.values(), Column::id), options.number("--rounds", quick ? 1 : 3),
				options.millis("--warm-up-millis", quick ? 500 : 800),
				options.millis("--round-millis", quick ? 600 : 1200), options.number("--virtual-threads", 10_000),
				options.number("--waiters", 100_000), options.number("--short-lived", 1_000_000),
				options.path("--report", "target/engine-benchmark.md"));
		options.refuseOthers();
		return settings;
	}

	/**
	 * Writes the arguments that make another process take the same times and numbers.
	 */
	List<String> arguments() {
		return List.of("--warm-up-millis=" + this.warmUp.toMillis(), "--round-millis=" + this.roundTime.toMillis(),
				"--virtual-threads=" + this.virtualThreads, "--waiters=" + this.waiters,
				"--short-lived=" + this.shortLived);
	}

}
