package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A PostgREST server in a run directory.
 */
final class PostgrestProcess extends ManagedServer implements PostgrestControl {

	private final RunDirectory directory;

	private final Launcher launcher;

	private final Path program;

	private final PostgrestProbe probe;

	private final BooleanSupplier databaseRuns;

	PostgrestProcess(RunDirectory directory, Path program, Settings settings, int port, int adminPort,
			BooleanSupplier databaseRuns) {
		super("PostgREST", settings.startupTimeout());
		this.directory = directory;
		this.launcher = new Launcher(directory);
		this.program = program;
		this.probe = new PostgrestProbe("127.0.0.1", port, adminPort);
		this.databaseRuns = databaseRuns;
	}

	/**
	 * Writes the configuration, readable for this user alone.
	 */
	void configure(Settings settings, int databasePort, String databasePassword, String jwtSecret) {
		PostgrestConfiguration configuration = new PostgrestConfiguration(settings, jwtSecret)
			.database("127.0.0.1", databasePort, databasePassword)
			.listen(this.probe.host(), this.probe.port(), this.probe.adminPort());
		try {
			RunDirectory.writeSecret(configuration(), configuration.text());
		}
		catch (IOException ex) {
			throw new UncheckedIOException("PostgREST's configuration could not be written", ex);
		}
	}

	@Override
	public void reloadSchemaCache() {
		new SchemaReload(this::signalReload, log()::read, startupTimeout()).run();
	}

	private void signalReload() {
		ProcessHandle process = pid().stream()
			.boxed()
			.flatMap((pid) -> ProcessHandle.of(pid).stream())
			.findFirst()
			.filter((handle) -> isRunning())
			.orElseThrow(() -> new IllegalStateException("PostgREST does not run, so it cannot load the schema"));
		new ProcessTree(process).signalRoot("USR1");
	}

	@Override
	Process launch() {
		return this.launcher.start(List.of(this.program.toString(), configuration().toString()), this.directory.path(),
				log());
	}

	@Override
	boolean isReady() {
		return this.databaseRuns.getAsBoolean() ? answers() : this.probe.accepts();
	}

	@Override
	public boolean answers() {
		return this.probe.answers();
	}

	@Override
	LogFile log() {
		return new LogFile(this.directory.resolve("postgrest.log"));
	}

	@Override
	void requestStop(ProcessHandle process) {
		process.destroy();
	}

	@Override
	void requestEnd(ProcessHandle process) {
		process.destroyForcibly();
	}

	@Override
	void ended() {
	}

	@Override
	public int port() {
		return this.probe.port();
	}

	@Override
	public int adminPort() {
		return this.probe.adminPort();
	}

	private Path configuration() {
		return this.directory.resolve("postgrest.conf");
	}

}
