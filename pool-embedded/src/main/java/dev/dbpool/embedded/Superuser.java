package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * How PostgreSQL, which refuses to run as root, is run by root all the same.
 */
enum Superuser {

	/**
	 * This JVM is not root's: nothing to do.
	 */
	NO(List.of()),

	/**
	 * In its own user namespace, in which the process is unprivileged, while outside it
	 * stays root's.
	 */
	NAMESPACE(List.of("unshare", "-U")),

	/**
	 * As an unprivileged user, where namespaces are not allowed (most containers).
	 */
	UNPRIVILEGED(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));

	private static final int NOBODY_ID = 65534;

	private final List<String> prefix;

	Superuser(List<String> prefix) {
		this.prefix = prefix;
	}

	static Superuser detect(RunDirectory directory) {
		if (!Platform.current().isLinux() || !isOwnedByRoot(directory.path())) {
			return NO;
		}
		return Stream.of(NAMESPACE, UNPRIVILEGED)
			.filter(Superuser::works)
			.findFirst()
			.orElseThrow(() -> new EmbeddedPostgrestException(
					"PostgreSQL does not run as root, and neither \"unshare -U\" nor \"setpriv\" (package util-linux) "
							+ "works here. Install util-linux, or run as another user"));
	}

	/**
	 * The command line that runs a command in this way.
	 */
	List<String> wrap(List<String> command) {
		return Stream.concat(this.prefix.stream(), command.stream()).toList();
	}

	/**
	 * Hands a directory with its content to the user that PostgreSQL will run as.
	 */
	void handOver(RunDirectory run, Path directory) {
		if (this != UNPRIVILEGED) {
			return;
		}
		try (Stream<Path> paths = Files.walk(directory)) {
			Files.setPosixFilePermissions(run.path(), PosixFilePermissions.fromString("rwx--x--x"));
			for (Path path : paths.toList()) {
				Files.setAttribute(path, "unix:uid", NOBODY_ID);
				Files.setAttribute(path, "unix:gid", NOBODY_ID);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(directory + " could not be given to the unprivileged user", ex);
		}
	}

	private boolean works() {
		try {
			return new ProcessBuilder(wrap(List.of("true"))).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.onExit()
				.join()
				.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static boolean isOwnedByRoot(Path path) {
		try {
			return Integer.valueOf(0).equals(Files.getAttribute(path, "unix:uid"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
