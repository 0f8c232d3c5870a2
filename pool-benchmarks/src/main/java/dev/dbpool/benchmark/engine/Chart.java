package dev.dbpool.benchmark.engine;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/**
 * The throughput of all pools as a bar chart.
 */
final class Chart {

	private static final int WIDTH = 1400;

	private static final int HEIGHT = 600;

	private static final int SLANT = 15;

	private static final double FLOOR = 0.01;

	private Chart() {
	}

	/**
	 * Writes a chart of what was measured in operations per microsecond.
	 * @param file the file, without the extension that the format has
	 */
	static void write(Settings settings, Results results, Path file) throws IOException {
		List<Column> columns = settings.columns()
			.stream()
			.filter((column) -> column.metrics().contains(Metric.THROUGHPUT))
			.toList();
		if (columns.isEmpty()) {
			return;
		}
		CategoryChart chart = new CategoryChartBuilder().width(WIDTH)
			.height(HEIGHT)
			.title("Operations per microsecond, JDK " + Runtime.version().feature())
			.build();
		chart.getStyler()
			.setYAxisLogarithmic(true)
			.setYAxisMin(FLOOR)
			.setXAxisLabelRotation(SLANT)
			.setChartBackgroundColor(Color.WHITE);
		List<String> ids = columns.stream().map(Column::toString).toList();
		for (Peer peer : settings.peers()) {
			chart.addSeries(peer.toString(), ids,
					columns.stream().map((column) -> bar(results, column, peer)).toList());
		}
		BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
	}

	private static double bar(Results results, Column column, Peer peer) {
		return Math.max(FLOOR, results.median(column, peer, Metric.THROUGHPUT).orElse(FLOOR));
	}

}
