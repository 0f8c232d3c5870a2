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
	 * The data directory, in the run directory.
	 */
	static final String DATA = "postgres/data";

	private static final String PROGRAMS = "pgsql";

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

	private PostgresServer(RunDirectory directory, PostgresPrograms programs, DatabaseLogin login) {
		super("PostgreSQL", login.timeout());
		this.directory = directory;
		this.launcher = new Launcher(directory);
		this.programs = programs;
		this.superuser = Superuser.detect(directory);
		this.login = login;
	}

	/**
	 * Prepares a server with an empty database, and does not start it.
	 */
	static PostgresServer create(RunDirectory directory, Map<String, String> settings, DatabaseLogin login) {
		PostgresPrograms programs = PostgresPrograms.unpack(Platform.current(), directory.resolve(PROGRAMS));
		PostgresServer server = new PostgresServer(directory, programs, login);
		try {
			server.initialize(settings);
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the database could not be prepared in " + directory, ex);
		}
	}

	private void initialize(Map<String, String> settings) throws IOException {
		Path data = Files.createDirectories(data());
		Path home = data.resolveSibling("");
		Path passwordFile = home.resolve("password");
		RunDirectory.writeSecret(passwordFile, this.login.password());
		this.superuser.handOver(this.directory, home);
		this.superuser.handOver(this.directory, this.directory.resolve(PROGRAMS));
		Process process = this.launcher.start(this.superuser.wrap(List.of(this.programs.program("initdb"),
				"--pgdata=" + data, "--username=" + DatabaseLogin.USER, "--pwfile=" + passwordFile,
				"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--locale-provider=builtin",
				"--builtin-locale=C.UTF-8", "--wal-segsize=4", "--no-sync", "--no-instructions")),
				this.directory.path(), log());
		int status = process.onExit().join().exitValue();
		Files.delete(passwordFile);
		if (status != 0) {
			throw new EmbeddedPostgrestException(
					"PostgreSQL's initdb ended with status %d. It wrote:%n%s".formatted(status, log().tail()));
		}
		Files.writeString(data.resolve("postgresql.conf"), configuration(settings), StandardOpenOption.APPEND);
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
