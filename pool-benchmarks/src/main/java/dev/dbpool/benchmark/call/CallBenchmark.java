package dev.dbpool.benchmark.call;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures what a call costs in each {@link CallVariant}, in rounds in which the variants
 * take turns, and prints the ratio to the hand-written call.
 */
public final class CallBenchmark {

	private static final int ITERATIONS = 5;

	/**
	 * A call costs about as much as the decoding of so many rows.
	 */
	private static final int ROWS_OF_A_CALL = 50;

	private static final int WARM_UP_ROWS = 2_000_000;

	private static final int MEASURED_ROWS = 50_000;

	private final List<String> lines = new ArrayList<>();

	private final int rounds;

	private CallBenchmark(int rounds) {
		this.rounds = rounds;
	}

	/**
	 * Measures, prints the table and writes it to a file.
	 * @param arguments the options, see {@code docs/benchmarks.md}
	 */
	public static void main(String... arguments) {
		System.exit(Settings.OPTIONS.run(CallBenchmark::report, arguments));
	}

	private static int report(Settings settings) throws RunnerException, IOException {
		CallBenchmark benchmark = new CallBenchmark(settings.rounds());
		benchmark.run();
		Path report = settings.report().toAbsolutePath();
		Files.createDirectories(report.getParent());
		Files.write(report, benchmark.lines);
		return 0;
	}

	private void run() throws RunnerException {
		System.setProperty("jmh.ignoreLock", "true");
		print("| network | rows | variant | CPU us | ratio | time us | ratio | bytes | ratio |");
		print("|---|---:|---|---:|---:|---:|---:|---:|---:|");
		for (String network : List.of("socket", "none")) {
			for (int rows : List.of(1, 1000)) {
				measure(network, rows);
			}
		}
	}

	private void measure(String network, int rows) throws RunnerException {
		Map<CallVariant, List<Cost>> costs = new EnumMap<>(CallVariant.class);
		for (int round = 0; round < this.rounds; round++) {
			for (int turn = 0; turn < CallVariant.values().length; turn++) {
				CallVariant variant = CallVariant.values()[(round % 2 == 0) ? turn
						: CallVariant.values().length - 1 - turn];
				costs.computeIfAbsent(variant, (unknown) -> new ArrayList<>()).add(measure(network, rows, variant));
			}
		}
		Cost handWritten = Cost.median(costs.getOrDefault(CallVariant.HAND_WRITTEN, List.of()));
		costs.forEach((variant, measured) -> {
			Cost cost = Cost.median(measured);
			print(String.format(Locale.ROOT, "| %s | %d | %s | %.1f | %.2f | %.1f | %.2f | %.0f | %.2f |", network,
					rows, variant, cost.cpu(), cost.cpu() / handWritten.cpu(), cost.time(),
					cost.time() / handWritten.time(), cost.bytes(), cost.bytes() / handWritten.bytes()));
		});
	}

	private static Cost measure(String network, int rows, CallVariant variant) throws RunnerException {
		int calls = MEASURED_ROWS / (rows + ROWS_OF_A_CALL);
		Options options = new OptionsBuilder().include("^" + CallCost.class.getName().replace(".", "\\.") + "\\.ask$")
			.param("network", network)
			.param("rows", String.valueOf(rows))
			.param("variant", variant.name())
			.forks(1)
			.threads(1)
			.jvmArgs("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-Xbatch")
			.warmupIterations(1)
			.warmupBatchSize(WARM_UP_ROWS / (rows + ROWS_OF_A_CALL))
			.measurementIterations(ITERATIONS)
			.measurementBatchSize(calls)
			.addProfiler(GCProfiler.class)
			.addProfiler(CallerCpuProfiler.class)
			.shouldFailOnError(true)
			.verbosity(VerboseMode.SILENT)
			.build();
		RunResult result = new Runner(options).runSingle();
		return new Cost(secondary(result, CallerCpuProfiler.CPU) / calls, result.getPrimaryResult().getScore() / calls,
				secondary(result, "gc.alloc.rate.norm") / calls);
	}

	private static double secondary(RunResult result, String name) {
		List<Double> scores = new ArrayList<>();
		result.getSecondaryResults().forEach((label, secondary) -> {
			if (label.endsWith(name)) {
				scores.add(secondary.getScore());
			}
		});
		return scores.get(0);
	}

	private void print(String line) {
		this.lines.add(line);
		System.out.println(line);
	}

	/**
	 * What one call costs.
	 *
	 * @param cpu processor time in microseconds
	 * @param time time in microseconds
	 * @param bytes memory that was allocated
	 */
	private record Cost(double cpu, double time, double bytes) {

		static Cost median(List<Cost> costs) {
			return new Cost(median(costs.stream().mapToDouble(Cost::cpu).toArray()),
					median(costs.stream().mapToDouble(Cost::time).toArray()),
					median(costs.stream().mapToDouble(Cost::bytes).toArray()));
		}

		private static double median(double[] values) {
			Arrays.sort(values);
			return values[values.length / 2];
		}

	}

}
