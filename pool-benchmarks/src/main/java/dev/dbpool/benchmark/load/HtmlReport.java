package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import dev.dbpool.benchmark.load.LoadClient.Connections;
import dev.dbpool.benchmark.load.Measurement.Sample;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/**
 * The measurements as one HTML file that loads nothing: the page {@code load-test.html}
 * with the data put in.
 */
final class HtmlReport {

	private static final String PLACEHOLDER = "/*DATA*/{}";

	private HtmlReport() {
	}

	static String of(Settings settings, Map<ClientKind, Measurement> measurements) throws IOException {
		List<Map<String, Object>> clients = new ArrayList<>();
		for (ClientKind kind : settings.clients()) {
			Measurement measurement = measurements.get(kind);
			if (measurement != null) {
				clients.add(client(kind, measurement));
			}
		}
		Map<String, Object> data = Map.of("load", Table.load(settings), "at",
				Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), "clients", clients);
		return page().replace(PLACEHOLDER, JsonMapper.shared().writeValueAsString(data).replace("<", "\\u003c"));
	}

	private static String page() throws IOException {
		try (InputStream page = HtmlReport.class.getResourceAsStream("load-test.html")) {
			return new String(Objects.requireNonNull(page).readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static Map<String, Object> client(ClientKind kind, Measurement client) {
		return Map.of("id", kind.toString(), "title", kind.title(), "values", values(client), "failures",
				client.failures(), "distribution", distribution(client.latencies()), "samples",
				client.samples().stream().map(HtmlReport::sample).toList());
	}

	private static Map<String, Object> values(Measurement client) {
		return Map.ofEntries(Map.entry("perSecond", client.perSecond()), Map.entry("mean", client.meanMillis()),
				Map.entry("p50", client.millis(50)), Map.entry("p95", client.millis(95)),
				Map.entry("p99", client.millis(99)), Map.entry("longest", client.millis(100)),
				Map.entry("errorRate", client.errorRate()), Map.entry("opened", client.opened()),
				Map.entry("open", client.meanOpen()), Map.entry("cpu", client.meanCpu()));
	}

	/**
	 * Returns the latency, in milliseconds, at percentiles that come ever closer to 100.
	 */
	private static List<double[]> distribution(Histogram latencies) {
		List<double[]> points = new ArrayList<>();
		for (double nines = 0; nines <= 4.001; nines += 0.1) {
			double percentile = 100 * (1 - Math.pow(10, -nines));
			if (latencies.getTotalCount() * Math.pow(10, -nines) >= 1) {
				points.add(new double[] { nines, latencies.getValueAtPercentile(percentile) / 1e3 });
			}
		}
		return points;
	}

	private static Map<String, Object> sample(Sample sample) {
		Connections connections = sample.connections();
		return Map.ofEntries(Map.entry("at", sample.at()), Map.entry("perSecond", sample.perSecond()),
				Map.entry("p50", sample.p50()), Map.entry("p95", sample.p95()), Map.entry("p99", sample.p99()),
				Map.entry("failed", sample.failed()), Map.entry("inFlight", sample.inFlight()),
				Map.entry("open", connections.open()), Map.entry("active", connections.active()),
				Map.entry("waiting", connections.waiting()), Map.entry("cpu", sample.cpu()));
	}

}
