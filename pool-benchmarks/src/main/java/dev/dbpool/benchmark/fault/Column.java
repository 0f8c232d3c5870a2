package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The questions, each a table of all clients in all faults.
 */
enum Column {

	READS("Reads that failed or were late",
			"failed, and those that succeeded after more than 5 s, of all reads that have no part in the fault",
			Column::reads),

	WRITES("Writes that failed",
			"failed of all; how many of these have an unknown outcome, and how many happened though they are reported "
					+ "as without effect (denied); how many are reported as successful and did not happen (missing), "
					+ "and how many happened twice",
			Column::writes),

	GOODPUT("Goodput during the fault",
			"successful reads and writes per second; 99th percentile of the successful reads", Column::goodput),

	RECOVERY("Recovery", "from the end of the fault to the first success, and to 99 % of the former goodput",
			Column::recovery),

	LOAD("Load of the server",
			"requests that reached the server per call during the fault; connections opened afterwards", Column::load),

	ASIDE("Calls that are part of the fault", "failed of all", Column::aside),

	REASONS("Failures by class", "of reads, writes and calls that are part of the fault", Column::reasons),

	HEALTH("Health", "what the client reported, in seconds after the beginning of the fault, which ended at `|`",
			Column::health);

	private final String title;

	private final String description;

	private final Function<Measurement, String> value;

	Column(String title, String description, Function<Measurement, String> value) {
		this.title = title;
		this.description = description;
		this.value = value;
	}

	String title() {
		return this.title;
	}

	String description() {
		return this.description;
	}

	String of(Measurement measurement) {
		return this.value.apply(measurement);
	}

	private static String reads(Measurement measurement) {
		return measurement.failed(Call.Kind.READ) + ", " + measurement.late(Call.Kind.READ) + " of "
				+ measurement.total(Call.Kind.READ);
	}

	private static String aside(Measurement measurement) {
		long total = measurement.total(Call.Kind.ASIDE);
		return (total > 0) ? measurement.failed(Call.Kind.ASIDE) + " of " + total : "";
	}

	private static String writes(Measurement measurement) {
		long total = measurement.total(Call.Kind.WRITE);
		if (total == 0) {
			return "";
		}
		StringBuilder text = new StringBuilder(measurement.failed(Call.Kind.WRITE) + " of " + total);
		append(text, measurement.unknown(), "unknown");
		append(text, measurement.denied(), "**denied**");
		append(text, measurement.missing(), "**missing**");
		append(text, measurement.duplicated(), "**twice**");
		return text.toString();
	}

	private static void append(StringBuilder text, long number, String what) {
		if (number > 0) {
			text.append(", ").append(number).append(' ').append(what);
		}
	}

	private static String goodput(Measurement measurement) {
		return String.format(Locale.ROOT, "%.1f/s; ", measurement.goodput()) + (measurement.percentile99().isPresent()
				? Math.round(measurement.percentile99().getAsDouble()) + " ms" : "–");
	}

	private static String recovery(Measurement measurement) {
		return seconds(measurement.firstSuccess()) + "; " + seconds(measurement.recovery());
	}

	private static String load(Measurement measurement) {
		return String.format(Locale.ROOT, "%.2f; %d", measurement.amplification(), measurement.connections());
	}

	private static String reasons(Measurement measurement) {
		return measurement.reasons()
			.entrySet()
			.stream()
			.map((reason) -> reason.getValue() + " " + reason.getKey())
			.collect(Collectors.joining(", "));
	}

	private static String health(Measurement measurement) {
		StringBuilder text = new StringBuilder();
		Measurement.Times times = measurement.times();
		boolean ended = false;
		for (Measurement.Status status : measurement.lastingHealth()) {
			if (!ended && status.at() > times.end()) {
				ended = true;
				text.append(text.isEmpty() ? "" : " ").append("\\|");
			}
			text.append(text.isEmpty() ? "" : " ").append(status.status());
			if (status.at() > times.begin()) {
				text.append(String.format(Locale.ROOT, " %.1f", (status.at() - times.begin()) / 1e9));
			}
		}
		return text.toString();
	}

	private static String seconds(Optional<Duration> time) {
		return time.map((value) -> String.format(Locale.ROOT, "%.1f s", value.toMillis() / 1000.0)).orElse("never");
	}

}
