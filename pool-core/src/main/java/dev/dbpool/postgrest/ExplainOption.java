package dev.dbpool.postgrest;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a plan includes: the options of PostgreSQL's EXPLAIN.
 */
public enum ExplainOption {

	/**
	 * Runs the statement, and reports its real costs. A write is made by this.
	 */
	ANALYZE,
	/**
	 * More about each node.
	 */
	VERBOSE,
	/**
	 * The settings that influence the planner.
	 */
	SETTINGS,
	/**
	 * The use of buffers.
	 */
	BUFFERS,
	/**
	 * The records of the write-ahead log.
	 */
	WAL;

	static String parameter(ExplainOption... options) {
		Set<ExplainOption> chosen = EnumSet.noneOf(ExplainOption.class);
		chosen.addAll(Arrays.asList(options));
		return chosen.stream().map((option) -> option.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining("|"));
	}

}
