package dev.dbpool.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A JVM of its own that starts a stack in a temporary directory of its own and does what
 * it is told over its standard input.
 */
final class ChildJvm implements AutoCloseable {

	static final String FINISHED = "finished";

	private static final String READY = "ready ";

	private static final String GRACE = "grace";

	private final Process process;

	private final BufferedReader output;

	private ChildJvm(Process process) {
		this.process = process;
		this.output = process.inputReader(StandardCharsets.UTF_8);
	}

	static ChildJvm start(Path temporaryDirectory) throws IOException {
		return start(temporaryDirectory, Map.of());
	}

	static ChildJvm start(Path temporaryDirectory, Map<String, String> environment) throws IOException {
		return start(temporaryDirectory, environment, Duration.ZERO);
	}

	static ChildJvm start(Path temporaryDirectory, Map<String, String> environment, Duration grace) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-Djava.io.tmpdir=" + temporaryDirectory, "-XX:-UsePerfData", "-D" + GRACE + "=" + grace, "-cp",
				System.getProperty("java.class.path"), ChildJvm.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT);
		builder.environment().putAll(environment);
		return new ChildJvm(builder.start());
	}

	/**
	 * Waits until the stack of the child runs.
	 * @return the ids of the main processes of its servers
	 */
	List<ProcessHandle> awaitReady() throws IOException {
		for (String line = this.output.readLine(); line != null; line = this.output.readLine()) {
			if (line.startsWith(READY)) {
				return Arrays.stream(line.substring(READY.length()).split(" "))
					.map((pid) -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
					.toList();
			}
		}
		throw new AssertionError("the child JVM ended without starting its servers");
	}

	/**
	 * Tells the child what to do and waits until it has done it.
	 */
	void tell(String command) throws IOException {
		this.process.outputWriter().append(command).append('\n').flush();
		for (String line = this.output.readLine(); line != null; line = this.output.readLine()) {
			if (line.equals("done " + command)) {
				return;
			}
		}
	}

	void terminate() {
		this.process.destroy();
		this.process.onExit().join();
	}

	/**
	 * Ends the child in an orderly way.
	 * @return what it printed since the last command
	 */
	List<String> terminateAndRead() {
		this.process.toHandle().destroy();
		return this.output.lines().toList();
	}

	void kill() {
		this.process.destroyForcibly();
		this.process.onExit().join();
	}

	@Override
	public void close() {
		kill();
	}

	public static void main(String[] args) throws IOException {
		EmbeddedPostgrest server = EmbeddedPostgrest.builder()
			.shutdownGrace(Duration.parse(System.getProperty(GRACE, "PT0S")))
			.start();
		System.out
			.println(READY + server.postgres().pid().orElseThrow() + ' ' + server.postgrest().pid().orElseThrow());
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String command = commands.readLine(); command != null; command = commands.readLine()) {
			switch (command) {
				case "close" -> server.close();
				case "pause" -> server.postgres().pause();
				case "kill postgres" -> server.postgres().kill();
				case "exit" -> System.exit(0);
				case "own" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(server)));
				default -> throw new IllegalArgumentException(command);
			}
			System.out.println("done " + command);
		}
	}

	/**
	 * Finishes a piece of work that needs the servers, and then closes them.
	 */
	private static void finish(EmbeddedPostgrest server) {
		try (Connection connection = server.openJdbcConnection(); Statement statement = connection.createStatement()) {
			statement.execute("select pg_sleep(2)");
			System.out.println(FINISHED);
		}
		catch (SQLException ex) {
			System.out.println("failed: " + ex.getMessage());
		}
		server.close();
	}

	static List<Path> list(Path directory) throws IOException {
		try (var paths = Files.list(directory)) {
			return paths.toList();
		}
	}

}
