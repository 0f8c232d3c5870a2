package dev.dbpool.benchmark.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One process of a probe, which prints a line for each number. A process that does not
 * end in time is ended with all its threads.
 */
final class ProbeProcess {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final String FAILED = "failed=";

	private ProbeProcess() {
	}

	static Measurement measure(Probe probe, Peer peer, Settings settings) {
		try {
			Path output = Files.createTempFile("engine-benchmark", ".txt");
			try {
				return measure(command(probe, peer, settings), output,
						LIMIT.plus(settings.warmUp()).plus(settings.roundTime()));
			}
			finally {
				Files.delete(output);
			}
		}
		catch (IOException ex) {
			return Measurement.failed(ex.toString());
		}
	}

	private static List<String> command(Probe probe, Peer peer, Settings settings) {
		List<String> command = new ArrayList<>(List.of(
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms1g", "-Xmx1g", "-cp",
				System.getProperty("java.class.path"), ProbeProcess.class.getName(), probe.name(), peer.toString()));
		command.addAll(Settings.arguments(settings));
		return command;
	}

	private static Measurement measure(List<String> command, Path output, Duration limit) throws IOException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
		try {
			if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
				return read(Files.readAllLines(output));
			}
			process.destroyForcibly().waitFor();
			return Measurement.failed("did not finish");
		}
		catch (InterruptedException ex) {
			process.destroyForcibly();
			throw new IllegalStateException(ex);
		}
	}

	private static Measurement read(List<String> lines) {
		Map<Metric, Double> values = new EnumMap<>(Metric.class);
		for (String line : lines) {
			if (line.startsWith(FAILED)) {
				return Measurement.failed(line.substring(FAILED.length()));
			}
			for (Metric metric : Metric.values()) {
				if (line.startsWith(metric.name() + "=")) {
					values.put(metric, Double.valueOf(line.substring(metric.name().length() + 1)));
				}
			}
		}
		return values.isEmpty() ? Measurement.failed("ended early") : Measurement.of(values);
	}

	/**
	 * Measures in this process.
	 * @param arguments the probe, the pool, and options
	 */
	public static void main(String... arguments) {
		Settings settings = Settings.OPTIONS.parse(Arrays.copyOfRange(arguments, 2, arguments.length));
		try {
			Probe.valueOf(arguments[0])
				.measure(Peer.of(arguments[1]), settings)
				.forEach((metric, value) -> System.out.println(metric + "=" + value));
		}
		catch (Exception ex) {
			System.out.println(FAILED + ex.getMessage());
		}
		System.exit(0);
	}

}
