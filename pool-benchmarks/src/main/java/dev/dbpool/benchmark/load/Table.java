package dev.dbpool.benchmark.load;

import java.util.Locale;
import java.util.Map;

/**
 * The measurements as a Markdown table, and how far they are from those of the first
 * client.
 */
final class Table {

	private Table() {
	}

	static String of(Settings settings, Map<ClientKind, Measurement> measurements) {
		StringBuilder text = new StringBuilder(load(settings)).append("\n\n")
			.append("| client | calls/s | mean, ms | p50 | p95 | p99 | longest | failed | connections opened | open, mean "
					+ "| busy processors |\n")
			.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
		Measurement first = measurements.get(settings.clients().get(0));
		for (ClientKind kind : settings.clients()) {
			Measurement client = measurements.get(kind);
			if (client != null && first != null) {
				text.append(row(kind, client, first));
			}
		}
		measurements.forEach((kind, measurement) -> {
			if (measurement.failed() > 0) {
				text.append('\n')
					.append("Failures of ")
					.append(kind.title())
					.append(": ")
					.append(measurement.failures());
			}
		});
		return text.toString();
	}

	private static String row(ClientKind kind, Measurement client, Measurement first) {
		return format("| %s | %.0f%s | %.2f%s | %.2f | %.2f%s | %.2f | %.0f | %.3f %% | %d | %.0f%s | %.0f %% |%n",
				kind.title(), client.perSecond(), change(client.perSecond(), first.perSecond()), client.meanMillis(),
				change(client.meanMillis(), first.meanMillis()), client.millis(50), client.millis(95),
				change(client.millis(95), first.millis(95)), client.millis(99), client.millis(100),
				client.errorRate() * 100, client.opened(), client.meanOpen(),
				change(client.meanOpen(), first.meanOpen()), client.meanCpu() * 100);
	}

	/**
	 * Returns what is added to a value that differs from that of the first client.
	 */
	static String change(double value, double first) {
		double ratio = (first > 0) ? value / first : 1;
		if (ratio >= 3) {
			return format(" (× %.1f)", ratio);
		}
		long percent = Math.round((ratio - 1) * 100);
		return (percent != 0) ? format(" (%+d %%)", percent).replace('-', '−') : "";
	}

	/**
	 * Describes the load in one sentence.
	 */
	static String load(Settings settings) {
		String arrival = (settings.callers() != null) ? "%d callers".formatted(settings.callers())
				: "%d calls per second".formatted(settings.rate());
		Object server = (settings.url() != null) ? settings.url() + settings.path() : settings.server();
		return format("%s for %d s to %s%s%s; %d connections; Java %s, %d processors, shared with the server.", arrival,
				settings.seconds(), server, settings.tls() ? " over TLS" : "",
				(settings.latency() != null) ? ", %d ms of added latency".formatted(settings.latency().toMillis()) : "",
				settings.connections(), System.getProperty("java.version"), Runtime.getRuntime().availableProcessors());
	}

	private static String format(String format, Object... values) {
		return String.format(Locale.ROOT, format, values);
	}

}
