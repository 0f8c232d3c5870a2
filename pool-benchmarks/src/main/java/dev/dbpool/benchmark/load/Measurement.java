package dev.dbpool.benchmark.load;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import dev.dbpool.benchmark.load.LoadClient.Connections;
import org.HdrHistogram.Histogram;

/**
 * What was measured of one client.
 *
 * @param latencies the latencies of the calls that succeeded, in microseconds
 * @param perSecond calls that succeeded, per second of the time in which they arrived
 * @param sent how many calls there were
 * @param failed how many of them failed
 * @param failures how many failed by the reason
 * @param opened connections opened within the time
 * @param samples the course of the run
 */
record Measurement(Histogram latencies, double perSecond, long sent, long failed, Map<String, Long> failures,
		long opened, List<Sample> samples) {

	double meanMillis() {
		return this.latencies.getMean() / 1e3;
	}

	double millis(double percentile) {
		return this.latencies.getValueAtPercentile(percentile) / 1e3;
	}

	/**
	 * Returns the part of the calls that failed.
	 */
	double errorRate() {
		return (this.sent > 0) ? (double) this.failed / this.sent : 0;
	}

	double meanOpen() {
		return mean((sample) -> sample.connections().open());
	}

	int mostOpen() {
		return this.samples.stream().mapToInt((sample) -> sample.connections().open()).max().orElse(0);
	}

	/**
	 * Returns the part of the processors of the machine that was busy, with whatever else
	 * it does.
	 */
	double meanCpu() {
		return mean(Sample::cpu);
	}

	private double mean(ToDoubleFunction<Sample> value) {
		return this.samples.stream().mapToDouble(value).average().orElse(0);
	}

	/**
	 * What happened between two points in time.
	 *
	 * @param at the end, in seconds after the beginning of the run
	 * @param perSecond calls that succeeded, per second
	 * @param p50 median of their latency, in milliseconds
	 * @param p95 95th percentile
	 * @param p99 99th percentile
	 * @param failed calls that failed
	 * @param inFlight calls that had not ended
	 * @param connections the connections at the end
	 * @param cpu the part of the processors of the machine that was busy
	 */
	record Sample(double at, double perSecond, double p50, double p95, double p99, long failed, int inFlight,
			Connections connections, double cpu) {

	}

}
