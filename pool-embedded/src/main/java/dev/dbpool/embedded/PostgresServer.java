package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A PostgreSQL server in a run directory.
 */
final class PostgresServer extends ManagedServer {

	/**
	 * Where the data directory is, in the run directory.
	 */
	static final String HOME = "postgres";

	/**
	 * The data directory, in the run directory.
	 */
	static final String DATA = HOME + "/data";

	/**
	 * Where the programs are, in the run directory.
	 */
	static final String PROGRAMS = "pgsql";

	/**
	 * What holds for every server, in a container or not, and in every version. Without
	 * fsync, what was committed survives a killed server, not a crash of the machine.
	 */
	static final Map<String, String> DEFAULTS = Map.of("max_connections", "120", "shared_buffers", "32MB", "fsync",
			"off", "full_page_writes", "off", "wal_level", "minimal", "max_wal_senders", "0", "jit", "off", "timezone",
			"UTC", "log_timezone", "UTC");

	private final RunDirectory directory;

	private final Launcher launcher;

	private final PostgresPrograms programs;

	private final Superuser superuser;

	private final DatabaseLogin login;

	private PostgresServer(RunDirectory directory, DatabaseLogin login) {
		super("PostgreSQL", login.timeout());
		this.directory = directory;
		this.launcher = new Launcher(directory);
		this.programs = new PostgresPrograms(directory.resolve(PROGRAMS));
		this.superuser = Superuser.detect(directory);
		this.login = login;
	}

	/**
	 * Prepares a server with an empty database, and does not start it.
	 */
	static PostgresServer create(RunDirectory directory, Map<String, String> settings, DatabaseLogin login) {
		PostgresTemplate.copyTo(directory);
		PostgresServer server = new PostgresServer(directory, login);
		try {
			server.initialize(settings);
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the database could not be prepared in " + directory, ex);
		}
	}

	/**
	 * Sets a password of 256 random bits, which needs no iterations against guessing:
	 * they would take most of the time of each connection.
	 */
	private void initialize(Map<String, String> settings) throws IOException {
		this.superuser.handOver(this.directory, this.directory.resolve(HOME));
		this.superuser.handOver(this.directory, this.directory.resolve(PROGRAMS));
		this.launcher.run(
				this.superuser.wrap(List.of(this.programs.program("postgres"), "--single", "-D", data().toString(),
						"-c", "scram_iterations=1", DatabaseLogin.DATABASE)),
				"alter role %s password '%s'%n".formatted(DatabaseLogin.USER, this.login.password()), log());
		Files.writeString(data().resolve("postgresql.conf"), configuration(settings), StandardOpenOption.APPEND);
	}

	private String configuration(Map<String, String> settings) {
		Map<String, String> all = new LinkedHashMap<>(DEFAULTS);
		all.putAll(settings);
		all.putIfAbsent("io_method", "sync");
		// no socket files, and no shared memory files outside of the run directory
		all.put("dynamic_shared_memory_type", "mmap");
		all.put("listen_addresses", "127.0.0.1");
		all.put("port", Integer.toString(port()));
		all.put("unix_socket_directories", "");
		return all.entrySet()
			.stream()
			.map((setting) -> "%s = '%s'%n".formatted(setting.getKey(), setting.getValue().replace("'", "''")))
			.collect(Collectors.joining("", System.lineSeparator(), ""));
	}

	@Override
	Process launch() {
		return this.launcher.start(
				this.superuser.wrap(List.of(this.programs.program("postgres"), "-D", data().toString())), data(),
				log());
	}

	@Override
	boolean isReady() {
		return this.login.works();
	}

	@Override
	LogFile log() {
		return new LogFile(this.directory.resolve("postgres.log"));
	}

	@Override
	void requestStop(ProcessHandle process) {
		new ProcessTree(process).signalRoot("INT");
	}

	@Override
	void requestEnd(ProcessHandle process) {
		new ProcessTree(process).signalRoot("QUIT");
	}

	/**
	 * After an end that was not in order: ends the children that have not noticed yet,
	 * and removes what would keep the next start from the data.
	 */
	@Override
	void ended() {
		if (Files.exists(data().resolve(SharedMemory.PID_FILE))) {
			RunDirectory.processesOf(this.directory.resolve(PROGRAMS))
				.toList()
				.forEach((process) -> new ProcessTree(process).kill());
			SharedMemory.remove(data());
		}
	}

	@Override
	public int port() {
		return this.login.port();
	}

	DatabaseLogin login() {
		return this.login;
	}

	private Path data() {
		return this.directory.resolve(DATA);
	}

}
