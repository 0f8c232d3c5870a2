package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The one directory in which a stack keeps everything: programs, data, configuration,
 * logs. It names the JVM that it belongs to and the processes that run from it, so that
 * another JVM can clear up when this one is killed.
 */
final class RunDirectory {

	static final String PREFIX = "dbpool-embedded-";

	static final String OWNER = "owner";

	private static final String PROCESSES = "processes";

	private final Path path;

	RunDirectory(Path path) {
		this.path = path;
	}

	/**
	 * The directory in which run directories are made.
	 */
	static Path parent() {
		String property = System.getProperty(EmbeddedPostgrest.DIRECTORY_PROPERTY);
		return Path.of((property != null) ? property : System.getProperty("java.io.tmpdir")).toAbsolutePath();
	}

	/**
	 * Makes a run directory for this JVM.
	 */
	static RunDirectory create(Path parent) {
		try {
			Files.createDirectories(parent);
			RunDirectory directory = new RunDirectory(Files.createTempDirectory(parent.toRealPath(), PREFIX));
			Files.writeString(directory.path.resolve(OWNER), ProcessIdentity.current().toString());
			Files.createDirectory(directory.path.resolve(PROCESSES));
			return directory;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("no run directory could be made in " + parent + "; set the system property "
					+ EmbeddedPostgrest.DIRECTORY_PROPERTY + " to a directory that can be written to", ex);
		}
	}

	Path path() {
		return this.path;
	}

	Path resolve(String name) {
		return this.path.resolve(name);
	}

	/**
	 * Writes a file that no other user may read.
	 */
	static void writeSecret(Path file, String content) throws IOException {
		if (!Platform.current().isWindows()) {
			Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		}
		Files.writeString(file, content);
	}

	/**
	 * The JVM that made this directory, or empty when it did not get to say so.
	 */
	Optional<ProcessIdentity> owner() {
		return read(this.path.resolve(OWNER));
	}

	/**
	 * Notes a process that runs for this directory.
	 */
	void record(Process process) {
		ProcessIdentity.of(process.pid()).ifPresent((identity) -> {
			try {
				Files.writeString(this.path.resolve(PROCESSES).resolve(Long.toString(process.pid())),
						identity.toString());
			}
			catch (IOException ex) {
				process.destroyForcibly();
				throw new UncheckedIOException(ex);
			}
		});
	}

	/**
	 * The live processes that run for this directory: those that were noted, and those
	 * whose program lies in it, which no other directory can have started.
	 */
	List<ProcessHandle> processes() {
		return Stream.concat(recordedProcesses(), processesOf(this.path)).distinct().toList();
	}

	/**
	 * The live processes whose program lies in a directory.
	 */
	static Stream<ProcessHandle> processesOf(Path directory) {
		return ProcessHandle.allProcesses()
			.filter((process) -> process.info()
				.command()
				.filter((command) -> Path.of(command).startsWith(directory))
				.isPresent());
	}

	private Stream<ProcessHandle> recordedProcesses() {
		try (Stream<Path> files = Files.list(this.path.resolve(PROCESSES))) {
			return files.toList()
				.stream()
				.map(RunDirectory::read)
				.flatMap(Optional::stream)
				.map(ProcessIdentity::handle)
				.flatMap(Optional::stream);
		}
		catch (IOException ex) {
			return Stream.empty();
		}
	}

	/**
	 * Removes the directory with all that it holds, the note of its owner last, so that a
	 * removal that is cut short can be continued by others.
	 */
	void delete() {
		try {
			deleteContent(this.path);
			Files.deleteIfExists(this.path.resolve(OWNER));
			Files.deleteIfExists(this.path);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the run directory " + this.path + " could not be removed", ex);
		}
	}

	private void deleteContent(Path directory) throws IOException {
		Path owner = this.path.resolve(OWNER);
		Files.walkFileTree(directory, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				if (!file.equals(owner)) {
					Files.deleteIfExists(file);
				}
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFileFailed(Path file, IOException ex) throws IOException {
				if (ex instanceof NoSuchFileException) {
					return FileVisitResult.CONTINUE;
				}
				throw ex;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException ex) throws IOException {
				if (ex != null) {
					throw ex;
				}
				if (!visited.equals(directory)) {
					Files.deleteIfExists(visited);
				}
				return FileVisitResult.CONTINUE;
			}

		});
	}

	private static Optional<ProcessIdentity> read(Path file) {
		try {
			return ProcessIdentity.parse(Files.readString(file));
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

	@Override
	public String toString() {
		return this.path.toString();
	}

}
