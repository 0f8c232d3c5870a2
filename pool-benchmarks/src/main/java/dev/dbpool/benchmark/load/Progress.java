package dev.dbpool.benchmark.load;

import java.io.PrintStream;
import java.util.Locale;

import dev.dbpool.benchmark.load.Measurement.Sample;

/**
 * A progress bar with live values: one line that is written over in a terminal, otherwise
 * a line each five seconds.
 */
final class Progress {

	private static final int WIDTH = 24;

	private static final double LINE_INTERVAL = 5;

	private final PrintStream out;

	private final boolean isTerminal;

	private final String title;

	private final double seconds;

	private double nextLine = LINE_INTERVAL;

	private long failed;

	Progress(PrintStream out, boolean isTerminal, String title, double seconds) {
		this.out = out;
		this.isTerminal = isTerminal;
		this.title = title;
		this.seconds = seconds;
	}

	void show(Sample sample) {
		this.failed += sample.failed();
		if (this.isTerminal) {
			this.out.print("\r" + line(sample) + "\u001b[K");
			this.out.flush();
		}
		else if (sample.at() >= this.nextLine) {
			this.nextLine += LINE_INTERVAL;
			this.out.println(line(sample));
		}
	}

	void end() {
		if (this.isTerminal) {
			this.out.println();
		}
	}

	private String line(Sample sample) {
		double part = Math.min(1, sample.at() / this.seconds);
		int filled = (int) Math.round(part * WIDTH);
		String waiting = (sample.connections().waiting() < 0) ? "" : " waiting " + sample.connections().waiting();
		return String.format(Locale.ROOT,
				"%-28s [%s%s] %3.0f%% %6.0f/s  p50 %.1f  p95 %.1f  p99 %.1f ms  failed %d  in flight %d  open %d%s  CPU %.0f%%",
				this.title, "#".repeat(filled), ".".repeat(WIDTH - filled), part * 100, sample.perSecond(),
				sample.p50(), sample.p95(), sample.p99(), this.failed, sample.inFlight(), sample.connections().open(),
				waiting, sample.cpu() * 100);
	}

}
