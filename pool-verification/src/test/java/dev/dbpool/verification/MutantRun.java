package dev.dbpool.verification;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import com.github.difflib.patch.PatchFailedException;

/**
 * Puts each {@link Mutant} into a copy of the engine and runs the tests that have to
 * notice. Prints which test killed which mutant; exits with 1 if one survives or cannot
 * be made, or if a test fails on the engine as it is. Arguments pick mutants by name.
 */
final class MutantRun {

	private static final Duration LONGEST_SUITE = Duration.ofMinutes(5);

	private static final Pattern SUITE = Pattern.compile("([\\w#]+)(?:\\[(\\w+)])?");

	private static final String PACKAGE = "dev.dbpool.pool.engine.";

	private static final Path CORE_TESTS = Path.of("..", "pool-core", "target", "test-classes");

	private final Path directory;

	private MutantRun(Path directory) {
		this.directory = directory;
	}

	public static void main(String[] names) throws IOException, InterruptedException {
		List<Mutant> mutants = Mutant.all()
			.stream()
			.filter((mutant) -> names.length == 0 || List.of(names).contains(mutant.name()))
			.toList();
		Files.createDirectories(Path.of("target"));
		MutantRun run = new MutantRun(Files.createTempDirectory(Path.of("target"), "mutants").toAbsolutePath());
		boolean good = run.engineIsSound(mutants);
		for (Mutant mutant : mutants) {
			long start = System.nanoTime();
			String verdict = run.verdict(mutant);
			System.out.printf("%-40s %s (%d s)%n", mutant.name(), verdict,
					Duration.ofNanos(System.nanoTime() - start).toSeconds());
			good &= verdict.startsWith("killed");
		}
		System.out.println(good ? "All " + mutants.size() + " mutants were killed" : "Not all is well, see above");
		System.exit(good && !mutants.isEmpty() ? 0 : 1);
	}

	/**
	 * The tests have to pass on the engine as it is, or their failing on a mutant would
	 * say nothing.
	 */
	private boolean engineIsSound(List<Mutant> mutants) throws IOException, InterruptedException {
		boolean sound = true;
		List<String> suites = mutants.stream()
			.flatMap((mutant) -> mutant.killers().stream())
			.distinct()
			.sorted()
			.toList();
		for (String suite : suites) {
			Optional<String> failure = runSuite(suite, this.directory.resolve("none"),
					this.directory.resolve("engine-" + suite.replaceAll("\\W", "-") + ".log"));
			System.out.printf("%-40s %s%n", suite, failure.map((by) -> "FAILS ON THE ENGINE: " + by).orElse("passes"));
			sound &= failure.isEmpty();
		}
		return sound;
	}

	private String verdict(Mutant mutant) throws IOException, InterruptedException {
		Path classes = this.directory.resolve(mutant.name());
		try {
			compile(mutant, classes);
		}
		catch (PatchFailedException ex) {
			return "DOES NOT APPLY: " + ex.getMessage();
		}
		catch (IllegalStateException ex) {
			return "DOES NOT COMPILE: " + ex.getMessage();
		}
		for (String suite : mutant.killers()) {
			Optional<String> failure = runSuite(suite, classes, this.directory.resolve(mutant.name() + ".log"));
			if (failure.isPresent()) {
				return "killed by " + suite + " (" + failure.get() + ")";
			}
		}
		return "SURVIVED " + mutant.killers();
	}

	private void compile(Mutant mutant, Path classes) throws IOException, PatchFailedException {
		Path sources = Files.createDirectories(this.directory.resolve(mutant.name() + "-src"));
		try (Stream<Path> files = Files.list(Mutant.ENGINE)) {
			for (Path file : files.filter((candidate) -> candidate.toString().endsWith(".java")).toList()) {
				Files.copy(file, sources.resolve(file.getFileName()));
			}
		}
		Files.write(sources.resolve(mutant.source().getFileName()), mutant.apply());
		List<String> arguments = new ArrayList<>(List.of("-nowarn", "-proc:none", "-parameters", "--release", "17",
				"-cp", System.getProperty("java.class.path"), "-d", Files.createDirectories(classes).toString()));
		try (Stream<Path> files = Files.list(sources)) {
			files.map(Path::toString).forEach(arguments::add);
		}
		int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
		if (result != 0) {
			throw new IllegalStateException("javac says " + result);
		}
	}

	/**
	 * Runs a test class, with some classes of the engine replaced.
	 * @return what failed, if anything did
	 */
	private Optional<String> runSuite(String suite, Path classes, Path log) throws IOException, InterruptedException {
		Matcher parts = SUITE.matcher(suite);
		if (!parts.matches()) {
			throw new IllegalArgumentException("'" + suite + "' is not of the form Class, Class#method or Class[pick]");
		}
		String pick = (parts.group(2) != null) ? parts.group(2) : ".*";
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElse("java"),
				"-Ddbpool.proof=standard", "-Ddbpool.simulation.schedules=4000", "-Ddbpool.jcstress=" + pick, "-cp",
				classPath(classes), SuiteRun.class.getName(), PACKAGE + parts.group(1))
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
			.start();
		try {
			if (!ends(process)) {
				return Optional.of("no end after " + LONGEST_SUITE.toMinutes() + " min");
			}
		}
		finally {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
		}
		return (process.exitValue() == 0) ? Optional.empty() : Optional.of(failed(log));
	}

	/**
	 * Waits for the end of a process, but not too long. Counts the seconds one by one, so
	 * that time in which the machine stands still does not count.
	 */
	private static boolean ends(Process process) throws InterruptedException {
		for (long second = 0; second < LONGEST_SUITE.toSeconds(); second++) {
			if (process.waitFor(1, TimeUnit.SECONDS)) {
				return true;
			}
		}
		return false;
	}

	private static String failed(Path log) throws IOException {
		try (Stream<String> lines = Files.lines(log)) {
			return lines.filter((line) -> line.startsWith("FAILED "))
				.map((line) -> line.substring("FAILED ".length()))
				.findFirst()
				.orElse("it could not run, see " + log);
		}
	}

	private static String classPath(Path first) {
		Stream<String> rest = Arrays
			.stream(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)));
		return Stream.concat(Stream.of(first.toString(), CORE_TESTS.toString()), rest)
			.map((entry) -> Path.of(entry).toAbsolutePath().toString())
			.reduce((left, right) -> left + File.pathSeparator + right)
			.orElseThrow();
	}

}
