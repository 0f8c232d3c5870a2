package dev.dbpool.pool.engine;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.openjdk.jcstress.Main;

/**
 * One run of jcstress in a JVM of its own, and what it said about each test.
 *
 * @param verdicts {@code OK}, {@code FAILED} or {@code ERROR} by simple name of the test
 * @param log everything that jcstress printed
 */
record JcstressRun(Map<String, String> verdicts, Path log) {

	private static final Pattern VERDICT = Pattern.compile("^\\.+ \\[(\\w+)] [\\w.]*\\.(\\w+)$");

	private static final Path REPORTS = Path.of("target", "jcstress");

	static JcstressRun of(String tests, Duration iteration) throws IOException, InterruptedException {
		Files.createDirectories(REPORTS);
		Path report = Files.createTempDirectory(REPORTS, "run");
		Path log = report.resolve("jcstress.log");
		Process process = new ProcessBuilder(command(tests, iteration)).directory(report.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			process.waitFor();
		}
		finally {
			process.destroyForcibly();
		}
		Map<String, String> verdicts = new TreeMap<>();
		try (Stream<String> lines = Files.lines(log)) {
			lines.map(VERDICT::matcher)
				.filter(Matcher::matches)
				.forEach((verdict) -> verdicts.put(verdict.group(2), verdict.group(1)));
		}
		return new JcstressRun(verdicts, log);
	}

	private static List<String> command(String tests, Duration iteration) {
		List<String> command = new ArrayList<>();
		command.add(ProcessHandle.current().info().command().orElse("java"));
		command.addAll(List.of("-cp", absoluteClassPath(), Main.class.getName(), "-t", tests, "-r", ".", "-v"));
		command.addAll(switch (Proof.LENGTH) {
			case SHORT, STANDARD -> List.of("-m", "quick", "-f", "1", "-fsm", "1", "-iters", "3", "-time",
					String.valueOf(iteration.toMillis()), "-af", "NONE", "-sc", "false", "-jvmArgs", "-Xmx256m");
			case LONG -> List.of("-m", "quick", "-f", "1", "-fsm", "0", "-iters", "4", "-time",
					String.valueOf(iteration.toMillis()), "-af", "NONE", "-sc", "true", "-jvmArgs", "-Xmx256m");
			case EXHAUSTIVE -> List.of("-m", "default");
		});
		return command;
	}

	private static String absoluteClassPath() {
		return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
			.map((entry) -> Path.of(entry).toAbsolutePath().toString())
			.reduce((left, right) -> left + File.pathSeparator + right)
			.orElseThrow();
	}

}
