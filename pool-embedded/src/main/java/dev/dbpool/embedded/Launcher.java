package dev.dbpool.embedded;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;

/**
 * Starts the processes of a stack, without the settings that the environment has for
 * other servers of the same kind.
 */
final class Launcher {

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
			Process process = builder.start();
			this.directory.record(process);
			return process;
		}
		catch (IOException ex) {
			throw new EmbeddedPostgrestException("%s did not start".formatted(command.get(0)), ex);
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
