package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

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
			""".formatted(join(Peer.values(), Peer::id));

	/**
	 * Reads the arguments of the command line.
	 * @throws IllegalArgumentException if there is one that makes no sense
	 */
	static Settings parse(String... arguments) {
		Map<String, String> options = new LinkedHashMap<>();
		for (String argument : arguments) {
			String[] parts = argument.split("=", 2);
			options.put(parts[0], (parts.length > 1) ? parts[1] : "");
		}
		boolean quick = options.remove("--quick") != null;
		Settings settings = new Settings(list(options.remove("--clients"), Peer.values(), Settings::peer),
				list(options.remove("--queries"), Query.values(), Settings::query),
				list(options.remove("--callers"), new Integer[] { 1, 20, 100 }, Settings::number),
				number(options.remove("--connections"), 20), number(options.remove("--rounds"), quick ? 6 : 14),
				millis(options.remove("--lead-in-millis"), 60),
				millis(options.remove("--round-millis"), quick ? 200 : 400),
				millis(options.remove("--warm-up-millis"), quick ? 1500 : 4000),
				Path.of(options.getOrDefault("--report", "target/http-benchmark.md")));
		options.remove("--report");
		if (!options.isEmpty()) {
			throw new IllegalArgumentException("There is no option " + options.keySet().iterator().next());
		}
		return settings;
	}

	private static <T> List<T> list(@Nullable String value, T[] defaults, Function<String, T> element) {
		return (value == null) ? List.of(defaults) : Arrays.stream(value.split(",")).map(element).toList();
	}

	private static Peer peer(String id) {
		return named(id, Peer.values(), Peer::id);
	}

	private static Query query(String id) {
		return named(id, Query.values(), Query::id);
	}

	private static <T> T named(String id, T[] all, Function<T, String> ids) {
		return Arrays.stream(all)
			.filter((candidate) -> ids.apply(candidate).equals(id))
			.findFirst()
			.orElseThrow(
					() -> new IllegalArgumentException("'" + id + "' is none of " + join(all, ids).replace(",", ", ")));
	}

	private static <T> String join(T[] all, Function<T, String> ids) {
		return String.join(",", Arrays.stream(all).map(ids).toList());
	}

	private static Duration millis(@Nullable String value, int defaultValue) {
		return Duration.ofMillis(number(value, defaultValue));
	}

	private static int number(@Nullable String value, int defaultValue) {
		return (value != null) ? number(value) : defaultValue;
	}

	private static int number(String value) {
		int number = value.matches("[0-9]{1,7}") ? Integer.parseInt(value) : 0;
		if (number < 1) {
			throw new IllegalArgumentException("'" + value + "' is not a number above zero");
		}
		return number;
	}

}
