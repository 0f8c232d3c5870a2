package dev.dbpool.benchmark.engine;

import java.util.Collection;
import java.util.List;

import org.HdrHistogram.Recorder;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Reports how long the callers of one iteration waited.
 */
public final class WaitTimeProfiler implements InternalProfiler {

	static final String P99 = "wait.p99";

	static final Recorder WAITS = new Recorder(2);

	@Override
	public String getDescription() {
		return "Wait of those that acquire";
	}

	@Override
	public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
		WAITS.reset();
	}

	@Override
	public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
			IterationResult result) {
		double micros = WAITS.getIntervalHistogram().getValueAtPercentile(99) / 1000.0;
		return List.of(new ScalarResult(P99, micros, "us", AggregationPolicy.AVG));
	}

}
