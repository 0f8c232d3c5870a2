package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;

/**
 * What a container of {@link LocalEngine} is: the process that its image holds, with the
 * ports of its container mapped and the names of the network resolved.
 */
final class LocalContainer {

	private static final Duration TIMEOUT = Duration.ofMinutes(2);

	private static final Pattern DATABASE = Pattern.compile("@(\\w+):(\\d+)/");

	private final JsonNode specification;

	private final Network network;

	private final Map<String, String> files = new HashMap<>();

	private RunDirectory directory;

	private ManagedServer server;

	LocalContainer(JsonNode specification, Network network) {
		this.specification = specification;
		this.network = network;
	}

	boolean isNamed(String network, String alias) {
		return this.specification.at("/NetworkingConfig/EndpointsConfig/" + network + "/Aliases")
			.valueStream()
			.anyMatch((name) -> name.asString().equals(alias));
	}

	int hostPort(int port) {
		JsonNode binding = this.specification.at("/HostConfig/PortBindings").path(port + "/tcp").path(0);
		return Integer.parseInt(binding.path("HostPort").asString());
	}

	synchronized String inspect() {
		boolean paused = this.server != null && this.server.isPaused();
		boolean running = paused || isRunning();
		return "{'State':{'Running':%s,'Paused':%s,'ExitCode':%d}}".formatted(running, paused, running ? 0 : 1);
	}

	/**
	 * The log, as one frame of what Docker mixes of standard output and standard error.
	 */
	synchronized byte[] logs() {
		if (this.server == null) {
			return new byte[0];
		}
		byte[] text = this.server.log().read().text().getBytes(StandardCharsets.ISO_8859_1);
		return ByteBuffer.allocate(8 + text.length)
			.put((byte) 2)
			.put(new byte[3])
			.putInt(text.length)
			.put(text)
			.array();
	}

	synchronized void copy(Map<String, String> files) {
		this.files.putAll(files);
	}

	/**
	 * Starts the process. Its state shows whether it still runs.
	 */
	synchronized boolean start() {
		if (isRunning()) {
			return false;
		}
		if (this.server == null) {
			this.directory = RunDirectory.create(RunDirectory.parent());
			this.server = this.specification.path("Image").asString().contains("postgrest") ? postgrest() : postgres();
		}
		try {
			this.server.start();
		}
		catch (EmbeddedPostgrestException ex) {
			// it ended
		}
		return true;
	}

	private ManagedServer postgres() {
		Map<String, String> settings = new HashMap<>();
		for (JsonNode argument : this.specification.path("Cmd")) {
			String[] setting = argument.asString().split("=", 2);
			if (setting.length == 2) {
				settings.put(setting[0], setting[1]);
			}
		}
		String passwordFile = this.specification.path("Env")
			.valueStream()
			.map(JsonNode::asString)
			.filter((variable) -> variable.startsWith("POSTGRES_PASSWORD_FILE="))
			.findFirst()
			.orElseThrow()
			.substring("POSTGRES_PASSWORD_FILE=".length());
		return PostgresServer.create(this.directory, settings,
				new DatabaseLogin("127.0.0.1", hostPort(5432), file(passwordFile), TIMEOUT));
	}

	private ManagedServer postgrest() {
		List<String> command = this.specification.path("Cmd").valueStream().map(JsonNode::asString).toList();
		Settings settings = new Settings(List.of(), List.of(), Map.of(), Map.of(), 0, TIMEOUT, Duration.ZERO);
		Path program = PostgrestProgram.here().find(Optional.empty(), this.directory.path());
		try {
			RunDirectory.writeSecret(this.directory.resolve("postgrest.conf"), localized(file(command.get(1))));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new PostgrestProcess(this.directory, program, settings, hostPort(3000), hostPort(3001), () -> false);
	}

	private String localized(String configuration) {
		Matcher database = DATABASE.matcher(configuration);
		if (!database.find()) {
			throw new IllegalArgumentException(configuration);
		}
		int port = this.network.resolve(this.specification.at("/HostConfig/NetworkMode").asString(), database.group(1),
				Integer.parseInt(database.group(2)));
		return database.replaceFirst("@127.0.0.1:" + port + "/")
			.replace("server-port = \"3000\"", "server-port = \"" + hostPort(3000) + '"')
			.replace("admin-server-port = \"3001\"", "admin-server-port = \"" + hostPort(3001) + '"')
			.replace("\"0.0.0.0\"", "\"127.0.0.1\"");
	}

	private String file(String path) {
		return Optional.ofNullable(this.files.get(path)).orElseThrow();
	}

	synchronized boolean stop() {
		boolean running = isRunning();
		if (running) {
			this.server.stop();
		}
		return running;
	}

	synchronized boolean kill(String signal) {
		if (this.server == null || this.server.pid().isEmpty()) {
			return false;
		}
		if (signal.equals("SIGKILL")) {
			this.server.kill();
		}
		else {
			new ProcessTree(ProcessHandle.of(this.server.pid().getAsLong()).orElseThrow())
				.signalRoot(signal.replace("SIG", ""));
		}
		return true;
	}

	synchronized boolean pause() {
		boolean running = isRunning();
		if (running) {
			this.server.pause();
		}
		return running;
	}

	synchronized boolean resume() {
		boolean paused = this.server != null && this.server.isPaused();
		if (paused) {
			this.server.resume();
		}
		return paused;
	}

	synchronized void remove() {
		if (this.server != null) {
			this.server.close();
			this.directory.delete();
		}
	}

	private boolean isRunning() {
		return this.server != null && this.server.isRunning();
	}

	/**
	 * The names that containers have for each other.
	 */
	interface Network {

		/**
		 * The port of this machine for a port of a host.
		 */
		int resolve(String network, String host, int port);

	}

}
