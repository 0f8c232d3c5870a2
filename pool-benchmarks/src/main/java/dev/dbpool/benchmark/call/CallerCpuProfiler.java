package dev.dbpool.benchmark.call;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.List;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Reports the processor time that the caller and its event loops took for a call, without
 * the server's threads, the compiler and the garbage collector. It hardly depends on what
 * else the machine does.
 */
public final class CallerCpuProfiler implements InternalProfiler {

	static final String CPU = "caller.cpu";

	private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

	private long start;

	@Override
	public String getDescription() {
		return "Processor time of the caller";
	}

	@Override
	public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
		this.start = cpuNanos();
	}

	@Override
	public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
			IterationResult result) {
		double nanos = cpuNanos() - this.start;
		double micros = nanos / 1000 / result.getMetadata().getAllOps();
		return List.of(new ScalarResult(CPU, micros, "us/op", AggregationPolicy.AVG));
	}

	private static long cpuNanos() {
		long sum = 0;
		for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
			if (thread != null && !thread.getThreadName().startsWith(StubServer.THREADS)) {
				sum += Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId()));
			}
		}
		return sum;
	}

}
