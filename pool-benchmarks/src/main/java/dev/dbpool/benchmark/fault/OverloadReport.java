package dev.dbpool.benchmark.fault;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

import dev.dbpool.benchmark.Markdown;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Goodput and latency of all clients under each load, as a table and as a picture.
 */
final class OverloadReport {

	private static final int WIDTH = 1200;

	private static final int HEIGHT = 320;

	private final Settings settings;

	private final Map<Overload, Map<Peer, Measurement>> results;

	OverloadReport(Settings settings, Map<Overload, Map<Peer, Measurement>> results) {
		this.settings = settings;
		this.results = results;
	}

	private Measurement of(Overload overload, Peer peer) {
		return Objects.requireNonNull(Objects.requireNonNull(this.results.get(overload)).get(peer));
	}

	@Override
	public String toString() {
		List<Peer> peers = this.settings.peers();
		Markdown text = new Markdown();
		text.line("# Overload benchmark");
		text.line("");
		text.line("Capacity: %.0f/s. Deadline: %d ms. Java %s, %d processors, shared with the servers.",
				Overload.CAPACITY, Overload.DEADLINE.toMillis(), System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors());
		text.line("");
		text.line("| load | %s |", String.join(" | ", peers.stream().map(Peer::title).toList()));
		text.line("|---|%s", "---|".repeat(peers.size()));
		for (Overload overload : this.results.keySet()) {
			List<String> cells = peers.stream().map((peer) -> cell(of(overload, peer))).toList();
			text.line("| %s × | %s |", overload.factor(), String.join(" | ", cells));
		}
		return text.toString();
	}

	private static String cell(Measurement measurement) {
		double latency = latency(measurement);
		return String.format(Locale.ROOT, "%.1f/s; ", measurement.goodput())
				+ (Double.isNaN(latency) ? "–" : Math.round(latency) + " ms");
	}

	private static double latency(Measurement measurement) {
		return measurement.percentile99().orElse(Double.NaN);
	}

	/**
	 * Writes the goodput above the latency.
	 * @param file the file, without the extension that the format has
	 */
	void writeChart(Path file) throws IOException {
		XYChart goodput = chart("Calls answered within the deadline, per second", Measurement::goodput);
		reference(goodput, "capacity", Overload.CAPACITY);
		XYChart latency = chart("99th percentile of the answered calls, ms", OverloadReport::latency);
		reference(latency, "deadline", Overload.DEADLINE.toMillis());
		BitmapEncoder.saveBitmap(List.of(goodput, latency), 2, 1, file.toString(), BitmapFormat.PNG);
	}

	private XYChart chart(String title, ToDoubleFunction<Measurement> value) {
		XYChart chart = new XYChartBuilder().width(WIDTH)
			.height(HEIGHT)
			.title(title)
			.xAxisTitle("load, as a multiple of the capacity of the server")
			.build();
		chart.getStyler()
			.setYAxisMin(0.0)
			.setLegendPosition(LegendPosition.OutsideE)
			.setChartBackgroundColor(Color.WHITE);
		for (Peer peer : this.settings.peers()) {
			List<Overload> known = this.results.keySet()
				.stream()
				.filter((overload) -> !Double.isNaN(value.applyAsDouble(of(overload, peer))))
				.toList();
			if (!known.isEmpty()) {
				chart.addSeries(peer.toString(), known.stream().map(Overload::factor).toList(),
						known.stream().map((overload) -> value.applyAsDouble(of(overload, peer))).toList());
			}
		}
		return chart;
	}

	private void reference(XYChart chart, String name, double value) {
		List<Double> factors = this.results.keySet().stream().map(Overload::factor).toList();
		XYSeries series = chart.addSeries(name, factors, factors.stream().map((factor) -> value).toList());
		series.setMarker(SeriesMarkers.NONE).setLineColor(Color.LIGHT_GRAY);
	}

}
