package dev.dbpool.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A JVM that starts and stops servers in a temporary directory of its own, as it is
 * commanded over its standard input. Each command is answered by one line.
 */
final class ChildJvm implements AutoCloseable {

	static final String FINISHED = "finished";

	private static final String DONE = "done";

	private static final String FAILED = "failed";

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
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-Djava.io.tmpdir=" + temporaryDirectory, "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-cp",
				System.getProperty("java.class.path"), ChildJvm.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT);
		builder.environment().putAll(environment);
		return new ChildJvm(builder.start());
	}

	/**
	 * Starts servers.
	 * @param name the name of the servers in other commands
	 * @param settings {@code grace=DURATION}, {@code script=NAME} or {@code setting=NAME}
	 * @return all processes of the servers, the one of PostgreSQL first
	 */
	List<ProcessHandle> startServers(String name, String... settings) throws IOException {
		requestServers(name, settings);
		return awaitServers();
	}

	/**
	 * Starts servers without waiting for them.
	 */
	void requestServers(String name, String... settings) throws IOException {
		send("start " + name + ' ' + String.join(" ", settings));
	}

	/**
	 * Waits for the servers that were requested.
	 */
	List<ProcessHandle> awaitServers() throws IOException {
		return Arrays.stream(answer(DONE).split(" "))
			.map((pid) -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
			.flatMap((process) -> Stream.concat(Stream.of(process), process.descendants()))
			.toList();
	}

	/**
	 * Starts servers that fail.
	 * @return the message
	 */
	String failToStartServers(String name, String... settings) throws IOException {
		requestServers(name, settings);
		return answer(FAILED);
	}

	/**
	 * Reserves a port.
	 * @return whether it was not reserved yet
	 */
	boolean reserve(int port) throws IOException {
		send("reserve " + port);
		return Boolean.parseBoolean(answer(DONE));
	}

	/**
	 * Runs a command and waits for its end.
	 */
	void run(String command) throws IOException {
		send(command);
		answer(DONE);
	}

	/**
	 * Starts and closes servers, one after the other.
	 * @return how many milliseconds each start took
	 */
	List<Long> timeStarts(int count) throws IOException {
		send("time " + count);
		return Arrays.stream(answer(DONE).split(" ")).map(Long::valueOf).toList();
	}

	private void send(String command) throws IOException {
		this.process.outputWriter().append(command.strip()).append('\n').flush();
	}

	private String answer(String expected) throws IOException {
		for (String line = this.output.readLine(); line != null; line = this.output.readLine()) {
			if (line.startsWith(DONE) || line.startsWith(FAILED)) {
				if (!line.startsWith(expected)) {
					throw new AssertionError(line);
				}
				return line.substring(expected.length()).strip();
			}
		}
		throw new AssertionError("the child JVM ended without an answer");
	}

	/**
	 * Sends a command that ends the child, and waits for its end.
	 */
	void exit() throws IOException {
		send("exit");
		this.process.onExit().join();
	}

	/**
	 * Ends the child in an orderly way.
	 * @return what it printed since the last command
	 */
	List<String> terminate() {
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
		Map<String, EmbeddedPostgrest> servers = new HashMap<>();
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String command = commands.readLine(); command != null; command = commands.readLine()) {
			System.out.println(run(command.split(" "), servers));
		}
	}

	private static String run(String[] command, Map<String, EmbeddedPostgrest> servers) {
		try {
			switch (command[0]) {
				case "start" -> {
					EmbeddedPostgrest server = start(Arrays.copyOfRange(command, 2, command.length));
					servers.put(command[1], server);
					return DONE + ' ' + server.postgres().pid().orElseThrow() + ' '
							+ server.postgrest().pid().orElseThrow();
				}
				case "time" -> {
					return DONE + measureStarts(Integer.parseInt(command[1]));
				}
				case "reserve" -> {
					return DONE + ' ' + LoopbackPorts.reserve(Integer.parseInt(command[1]));
				}
				case "close" -> servers.get(command[1]).close();
				case "pause" -> servers.get(command[1]).postgres().pause();
				case "kill" -> servers.get(command[1]).postgres().kill();
				case "own" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(servers.get(command[1]))));
				case "exit" -> System.exit(0);
				default -> throw new IllegalArgumentException(command[0]);
			}
			return DONE;
		}
		catch (RuntimeException ex) {
			return FAILED + ' ' + String.valueOf(ex.getMessage()).lines().reduce("", (one, other) -> one + ' ' + other);
		}
	}

	private static EmbeddedPostgrest start(String[] settings) {
		EmbeddedPostgrest.Builder builder = EmbeddedPostgrest.builder();
		for (String setting : settings) {
			String[] nameAndValue = setting.split("=", 2);
			switch (nameAndValue[0]) {
				case "grace" -> builder.shutdownGrace(Duration.parse(nameAndValue[1]));
				case "script" -> builder.script(nameAndValue[1]);
				case "setting" -> builder.postgresSetting(nameAndValue[1], "1");
				default -> throw new IllegalArgumentException(setting);
			}
		}
		return builder.start();
	}

	private static String measureStarts(int count) {
		StringBuilder times = new StringBuilder();
		for (int i = 0; i < count; i++) {
			long start = System.nanoTime();
			EmbeddedPostgrest server = EmbeddedPostgrest.builder().start();
			times.append(' ').append(Duration.ofNanos(System.nanoTime() - start).toMillis());
			server.close();
		}
		return times.toString();
	}

	/**
	 * Finishes work that needs the servers, and then closes them.
	 */
	private static void finish(EmbeddedPostgrest server) {
		try (Connection connection = server.openJdbcConnection(); Statement statement = connection.createStatement()) {
			statement.execute("select pg_sleep(0.5)");
			System.out.println(FINISHED);
		}
		catch (SQLException ex) {
			System.out.println("the work failed: " + ex.getMessage());
		}
		server.close();
	}

}
