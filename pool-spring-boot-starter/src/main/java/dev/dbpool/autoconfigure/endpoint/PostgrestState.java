package dev.dbpool.autoconfigure.endpoint;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What the admin server of a PostgREST answered last.
 *
 * @param adminUrl the URL of the admin server
 * @param status whether PostgREST can serve requests
 * @param reason why it cannot, or why there are no metrics
 * @param checked when it was asked
 * @param metrics its metrics by their names, such as {@code pgrst_db_pool_waiting};
 * values with different labels are added
 */
record PostgrestState(URI adminUrl, Status status, @Nullable String reason, @Nullable Instant checked,
		Map<String, Double> metrics) {

	private static final int MOST_METRICS = 50;

	private static final Pattern SAMPLE = Pattern
		.compile("(pgrst_\\w{1,80})(?:\\{[^}]*})? +([-+]?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d{1,3})?)(?: +\\d+)?");

	static PostgrestState unknown(URI adminUrl) {
		return new PostgrestState(adminUrl, Status.UNKNOWN, null, null, Map.of());
	}

	static PostgrestState unreachable(URI adminUrl, String reason) {
		return new PostgrestState(adminUrl, Status.UNREACHABLE, reason, Instant.now(), Map.of());
	}

	/**
	 * Reads metrics in the text format of Prometheus. Those that are not of PostgREST,
	 * and the buckets of histograms, are ignored.
	 */
	static Map<String, Double> metrics(String text) {
		Map<String, Double> metrics = new TreeMap<>();
		text.lines().map(SAMPLE::matcher).filter(Matcher::matches).forEach((sample) -> {
			String name = sample.group(1);
			boolean wanted = !name.endsWith("_bucket") && metrics.size() < MOST_METRICS;
			if (wanted || metrics.containsKey(name)) {
				metrics.merge(name, Double.valueOf(sample.group(2)), Double::sum);
			}
		});
		return metrics;
	}

	/**
	 * The states of a PostgREST.
	 */
	enum Status {

		/** The admin server was not asked yet. */
		UNKNOWN,

		/** It is connected to its database and has loaded the schema. */
		READY,

		/** It runs, but cannot serve requests at present. */
		NOT_READY,

		/** The admin server does not answer, or the URL is that of another server. */
		UNREACHABLE

	}

}
