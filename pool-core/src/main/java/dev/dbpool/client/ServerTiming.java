package dev.dbpool.client;

import java.util.LinkedHashMap;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.micrometer.common.KeyValues;

/**
 * What a server says in the header {@code Server-Timing} about the time that it took.
 * PostgREST sends it if {@code server-timing-enabled} is on, with the phases {@code jwt},
 * {@code parse}, {@code plan}, {@code transaction} and {@code response}. The transaction
 * is the time of the database.
 */
final class ServerTiming {

	static final String HEADER = "Server-Timing";

	private static final int MOST_PHASES = 10;

	private static final Pattern PHASE = Pattern
		.compile("([a-z][a-z0-9_-]{0,30})\\s*;\\s*dur=([0-9]{1,9}(?:\\.[0-9]{1,9})?)");

	private final Map<String, Double> millis;

	private ServerTiming(Map<String, Double> millis) {
		this.millis = millis;
	}

	/**
	 * Reads a header. What is no duration of a phase is ignored.
	 */
	static ServerTiming parse(String header) {
		Map<String, Double> millis = new LinkedHashMap<>();
		Matcher phases = PHASE.matcher(header);
		while (phases.find() && millis.size() < MOST_PHASES) {
			millis.put(phases.group(1), Double.valueOf(phases.group(2)));
		}
		return new ServerTiming(millis);
	}

	/**
	 * Returns the time of each phase, and what is left of the whole for the network, in
	 * milliseconds.
	 * @param nanos the time of the whole exchange
	 */
	KeyValues keyValues(long nanos) {
		KeyValues values = KeyValues.empty();
		double network = (double) nanos / TimeUnit.MILLISECONDS.toNanos(1);
		for (Map.Entry<String, Double> phase : this.millis.entrySet()) {
			values = values.and("server.timing." + phase.getKey(), format(phase.getValue()));
			network -= phase.getValue();
		}
		return this.millis.isEmpty() ? values : values.and("server.timing.network", format(Math.max(0, network)));
	}

	private static String format(double millis) {
		return String.format(Locale.ROOT, "%.3f", millis);
	}

}
