package dev.dbpool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Test classes of a module run together in one JVM. One that changes something of the
 * whole JVM has to be {@link Isolated}, and one that others extend shares nothing that
 * changes.
 */
class IsolationTests {

	private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

	private static final Pattern CHANGE_OF_THE_JVM = Pattern.compile("\\b(Hooks\\.\\w+\\("
			+ "|Schedulers\\.(set|onSchedule|shutdown)\\w*\\(|VirtualTimeScheduler\\.(getOrSet|set|reset)\\("
			+ "|withVirtualTime\\(|System\\.(setProperty|clearProperty|setProperties|setOut|setErr|setIn)\\("
			+ "|(Locale|TimeZone)\\.setDefault\\(|setDefaultUncaughtExceptionHandler\\(|Awaitility\\.setDefault\\w+\\()");

	private static final Pattern SHARED_BY_SUBCLASSES = Pattern
		.compile("\\n\\t(?:(?:private|protected|public) )?static (?!final )[^(){}=;]*[=;]");

	@Test
	void classesThatChangeTheJvmAreIsolated() throws IOException {
		assertThat(sources()).filteredOn((source) -> CHANGE_OF_THE_JVM.matcher(source.text).find())
			.isNotEmpty()
			.allMatch((source) -> source.text.contains("@Isolated"));
	}

	@Test
	void baseClassesShareNoFieldThatIsSetAnew() throws IOException {
		assertThat(sources()).filteredOn((source) -> source.text.contains("\nabstract class "))
			.isNotEmpty()
			.noneMatch((source) -> SHARED_BY_SUBCLASSES.matcher(source.text).find());
	}

	private static List<Source> sources() throws IOException {
		List<Source> sources;
		try (Stream<Path> modules = Files.list(ROOT)) {
			sources = modules.filter(IsolationTests::runsTestClassesTogether).flatMap(IsolationTests::sources).toList();
		}
		assertThat(sources).extracting(Source::module).contains("pool-core", "pool-embedded", "pool-integration-tests");
		return sources;
	}

	private static boolean runsTestClassesTogether(Path module) {
		Path pom = module.resolve("pom.xml");
		return Files.exists(pom) && read(pom).contains("<tests.concurrent>true<");
	}

	private static Stream<Source> sources(Path module) {
		try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
			return files.filter((file) -> file.toString().endsWith(".java"))
				.filter((file) -> !file.endsWith("IsolationTests.java"))
				.map((file) -> new Source(module.getFileName().toString(), file.getFileName().toString(), read(file)))
				.toList()
				.stream();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new IllegalStateException(file.toString(), ex);
		}
	}

	private record Source(String module, String file, String text) {

		@Override
		public String toString() {
			return this.module + " " + this.file;
		}

	}

}
