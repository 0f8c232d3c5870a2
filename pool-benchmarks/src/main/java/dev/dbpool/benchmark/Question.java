package dev.dbpool.benchmark;

import java.util.function.ToDoubleFunction;

/**
 * What the tables answer, one table each.
 */
enum Question {

	CPU("Processor time per call, µs", Round::cpuMicros, "%.1f"),

	MEMORY("Allocated memory per call, kB", (round) -> round.allocatedBytes() / 1024, "%.1f"),

	THROUGHPUT("Calls per second", Round::perSecond, "%.0f"),

	P99("99th percentile of the latency, ms", Round::p99Millis, "%.2f");

	private final String title;

	private final ToDoubleFunction<Round> value;

	private final String format;

	Question(String title, ToDoubleFunction<Round> value, String format) {
		this.title = title;
		this.value = value;
		this.format = format;
	}

	String title() {
		return this.title;
	}

	ToDoubleFunction<Round> value() {
		return this.value;
	}

	String format() {
		return this.format;
	}

}
