package dev.dbpool.embedded;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Starts the processes of a stack, without the settings that the environment has for
 * other servers of the same kind.
 */
final class Launcher {

	/** The error 26 of POSIX ({@code ETXTBSY}), as the JDK reports it. */
	private static final Pattern TEXT_FILE_BUSY = Pattern.compile("error[=:] ?26\\b");

	private static final int MAX_BUSY_STARTS = 100;

	private static final long BUSY_DELAY_NANOS = 10_000_000;

	private final RunDirectory directory;

	Launcher(RunDirectory directory) {
		this.directory = directory;
	}

	/**
	 * Starts a program whose output is added to a file.
	 */
	Process start(List<String> command, Path workingDirectory, LogFile log) {
		ProcessBuilder builder = new ProcessBuilder(command).directory(workingDirectory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log.path().toFile()));
		builder.environment().keySet().removeIf((name) -> name.startsWith("PG"));
		builder.environment().put("LC_ALL", "C");
		try {
			Process process = start(builder);
			this.directory.record(process);
			return process;
		}
		catch (IOException ex) {
			throw new EmbeddedPostgrestException("%s did not start".formatted(command.get(0)), ex);
		}
	}

	/**
	 * Starts a program. While another thread starts a process, that process inherits for
	 * a moment what this JVM has open, and a program that was just written cannot run:
	 * "Text file busy". It is tried again then.
	 */
	static Process start(ProcessBuilder builder) throws IOException {
		for (int attempt = 1;; attempt++) {
			try {
				return builder.start();
			}
			catch (IOException ex) {
				if (attempt == MAX_BUSY_STARTS || !TEXT_FILE_BUSY.matcher(String.valueOf(ex.getMessage())).find()) {
					throw ex;
				}
				LockSupport.parkNanos(BUSY_DELAY_NANOS);
			}
		}
	}

	/**
	 * Runs a program in the run directory to its end, whose output is added to a file.
	 */
	void run(List<String> command, String input, LogFile log) throws IOException {
		Process process = start(command, this.directory.path(), log);
		try (Writer writer = process.outputWriter()) {
			writer.write(input);
		}
		int status = process.onExit().join().exitValue();
		if (status != 0) {
			throw new EmbeddedPostgrestException(
					"%s ended with status %d. It wrote:%n%s".formatted(String.join(" ", command), status, log.tail()));
		}
	}

}
