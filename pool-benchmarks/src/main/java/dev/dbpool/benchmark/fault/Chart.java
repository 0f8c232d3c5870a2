package dev.dbpool.benchmark.fault;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The goodput over time in the faults that separate the clients most.
 */
final class Chart {

	private static final Set<Fault> FAULTS = EnumSet.of(Fault.POSTGREST_KILLED, Fault.POSTGRES_KILLED,
			Fault.UNAVAILABLE, Fault.SLOW_FUNCTION, Fault.OVERLOAD_4X);

	private static final int WIDTH = 1200;

	private static final int HEIGHT = 260;

	private static final Duration STEP = Duration.ofMillis(500);

	private Chart() {
	}

	/**
	 * Writes a chart for each of these faults that were run, one above another.
	 * @param file the file, without the extension that the format has
	 */
	static void write(Settings settings, Results results, Path file) throws IOException {
		List<XYChart> charts = new ArrayList<>();
		for (Fault fault : settings.faults()) {
			if (FAULTS.contains(fault)) {
				charts.add(chart(settings, results, fault));
			}
		}
		if (!charts.isEmpty()) {
			BitmapEncoder.saveBitmap(charts, charts.size(), 1, file.toString(), BitmapFormat.PNG);
		}
	}

	private static XYChart chart(Settings settings, Results results, Fault fault) {
		XYChart chart = new XYChartBuilder().width(WIDTH)
			.height(HEIGHT)
			.title(fault.title())
			.xAxisTitle("seconds after the beginning of the fault")
			.yAxisTitle("successful calls/s")
			.build();
		chart.getStyler()
			.setYAxisMin(0.0)
			.setLegendPosition(LegendPosition.OutsideE)
			.setChartBackgroundColor(Color.WHITE);
		for (Peer peer : settings.peers()) {
			Measurement measurement = results.of(fault, peer);
			List<Double> goodput = measurement.goodputOverTime(STEP);
			double first = (measurement.times().start() - measurement.times().begin()) / 1e9;
			List<Double> seconds = new ArrayList<>();
			for (int i = 0; i < goodput.size(); i++) {
				seconds.add(first + (i + 0.5) * STEP.toMillis() / 1000);
			}
			chart.addSeries(peer.toString(), seconds, goodput).setMarker(SeriesMarkers.NONE);
		}
		return chart;
	}

}
