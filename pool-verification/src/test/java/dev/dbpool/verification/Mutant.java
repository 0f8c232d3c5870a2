package dev.dbpool.verification;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.Patch;
import com.github.difflib.patch.PatchFailedException;

/**
 * One fault that is put into the engine on purpose: a patch in {@code mutants}, headed by
 * two lines that say what it breaks and which tests have to notice.
 *
 * @param name name of the patch
 * @param breaks what it breaks
 * @param killers the tests of which one has to fail, the quickest first: {@code Class},
 * {@code Class#method} or, for jcstress, {@code Class[test]}
 * @param source the file that it changes
 * @param patch the change
 */
record Mutant(String name, String breaks, List<String> killers, Path source, Patch<String> patch) {

	/** The engine, seen from the directory of this module. */
	static final Path ENGINE = Path.of("..", "pool-core", "src", "main", "java", "dev", "dbpool", "pool", "engine");

	private static final Path PATCHES = Path.of("mutants");

	static List<Mutant> all() {
		try (Stream<Path> files = Files.list(PATCHES)) {
			return files.filter((file) -> file.toString().endsWith(".patch")).sorted().map(Mutant::read).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Mutant read(Path file) {
		try {
			List<String> lines = Files.readAllLines(file);
			String name = file.getFileName().toString().replace(".patch", "");
			Path source = Path.of("..", field(lines, "+++ b/").split("/"));
			return new Mutant(name, field(lines, "Breaks: "), List.of(field(lines, "Killed by: ").split(", ")), source,
					UnifiedDiffUtils.parseUnifiedDiff(lines));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String field(List<String> lines, String prefix) {
		return lines.stream()
			.filter((line) -> line.startsWith(prefix))
			.map((line) -> line.substring(prefix.length()).strip())
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("no line starts with '" + prefix + "'"));
	}

	/**
	 * Returns the changed source.
	 * @throws PatchFailedException if the engine has changed there
	 */
	List<String> apply() throws PatchFailedException, IOException {
		return this.patch.applyFuzzy(Files.readAllLines(this.source), 0);
	}

	@Override
	public String toString() {
		return this.name;
	}

}
