package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.dbpool.benchmark.engine.Task.Jmh;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One process of JMH with one measurement: JMH adds up the rates of the threads, each
 * over its own time, which is far too much where many threads share a processor for a
 * short time. JMH interrupts threads that do not come back; a process whose threads
 * ignore that is ended.
 */
final class JmhProcess {

	private static final int WARM_UPS = 2;

	private static final int WARNS_OF_UNSAFE = 24;

	private static final Duration GRACE = Duration.ofSeconds(4);

	private static final Duration LIMIT = Duration.ofSeconds(25);

	private JmhProcess() {
	}

	static Measurement measure(Jmh task, Peer peer, Settings settings) {
		System.setProperty("jmh.ignoreLock", "true");
		Set<Long> others = ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
		FutureTask<RunResult> run = new FutureTask<>(() -> new Runner(options(task, peer, settings)).runSingle());
		new Thread(run, "jmh").start();
		Duration limit = LIMIT.plus(settings.warmUp()).plus(settings.roundTime());
		try {
			return Measurement.of(values(run.get(limit.toMillis(), TimeUnit.MILLISECONDS)));
		}
		catch (ExecutionException ex) {
			return Measurement.failed(reason(ex));
		}
		catch (TimeoutException ex) {
			ProcessHandle.current()
				.children()
				.filter((child) -> !others.contains(child.pid()))
				.forEach(ProcessHandle::destroyForcibly);
			return Measurement.failed("did not finish");
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Options options(Jmh task, Peer peer, Settings settings) {
		String method = JmhProcess.class.getPackageName() + "." + task.method();
		return new OptionsBuilder().include("^" + Pattern.quote(method) + "$")
			.param("peer", peer.toString())
			.param("connections", String.valueOf(task.connections()))
			.threads(task.threads())
			.forks(1)
			.jvmArgs(jvmArguments())
			.warmupIterations(WARM_UPS)
			.warmupTime(part(settings.warmUp(), WARM_UPS))
			.measurementIterations(1)
			.measurementTime(part(settings.roundTime(), 1))
			.timeout(TimeValue.seconds(GRACE.toSeconds()))
			.addProfiler(GCProfiler.class)
			.addProfiler(WaitTimeProfiler.class)
			.shouldFailOnError(true)
			.verbosity(VerboseMode.SILENT)
			.build();
	}

	/**
	 * Fixes the heap, and allows what JMH does on a JDK that warns about it.
	 */
	private static String[] jvmArguments() {
		List<String> arguments = new ArrayList<>(List.of("-Xms1g", "-Xmx1g"));
		if (Runtime.version().feature() >= WARNS_OF_UNSAFE) {
			arguments.add("--sun-misc-unsafe-memory-access=allow");
		}
		return arguments.toArray(String[]::new);
	}

	private static TimeValue part(Duration time, int parts) {
		return TimeValue.milliseconds(Math.max(1, time.toMillis() / parts));
	}

	private static Map<Metric, Double> values(RunResult result) {
		Map<Metric, Double> values = new EnumMap<>(Metric.class);
		values.put(Metric.THROUGHPUT, result.getPrimaryResult().getScore());
		result.getSecondaryResults().forEach((label, secondary) -> {
			if (label.endsWith("gc.alloc.rate.norm")) {
				values.put(Metric.ALLOCATION, secondary.getScore());
			}
			else if (label.endsWith(WaitTimeProfiler.P99)) {
				values.put(Metric.WAIT_P99, secondary.getScore());
			}
			else if (label.endsWith("served")) {
				values.put(Metric.SERVED, secondary.getScore());
			}
			else if (label.endsWith("timedOut")) {
				values.put(Metric.TIMED_OUT, 100 * secondary.getScore() / result.getPrimaryResult().getScore());
			}
		});
		return values;
	}

	/**
	 * Finds what a benchmark threw in what JMH made of it.
	 */
	private static String reason(Throwable failure) {
		Throwable[] suppressed = failure.getSuppressed();
		Throwable cause = (suppressed.length > 0) ? suppressed[0] : failure.getCause();
		if (cause != null) {
			return reason(cause);
		}
		String message = failure.getMessage();
		return (message != null) ? message.lines().findFirst().orElse("failed") : failure.getClass().getSimpleName();
	}

}
