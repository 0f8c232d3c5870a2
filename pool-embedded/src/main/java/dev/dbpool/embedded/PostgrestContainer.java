package dev.dbpool.embedded;

import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import dev.dbpool.embedded.DockerEngine.Specification;

/**
 * A PostgREST server in a container of the image {@code postgrest/postgrest}, which has
 * no shell: it is probed over HTTP and controlled by signals.
 */
final class PostgrestContainer extends ContainerServer implements PostgrestControl {

	private static final String ALIAS = "postgrest";

	private static final int PORT = 3000;

	private static final int ADMIN_PORT = 3001;

	private static final String CONFIGURATION_FILE = "postgrest.conf";

	private final PostgrestProbe probe;

	private final BooleanSupplier databaseRuns;

	PostgrestContainer(Container container, PostgrestProbe probe, Settings settings, BooleanSupplier databaseRuns) {
		super("PostgREST", container, probe.port(), settings.startupTimeout());
		this.probe = probe;
		this.databaseRuns = databaseRuns;
	}

	/**
	 * Creates a server for a database in the same network.
	 */
	static PostgrestContainer create(DockerEngine engine, String image, String network, Settings settings, int port,
			PostgrestConfiguration configuration, BooleanSupplier databaseRuns, Cleanup cleanup) {
		PostgrestProbe probe = new PostgrestProbe(engine.host(), port, LoopbackPorts.take(cleanup));
		Container container = engine.create(new Specification(image, network, ALIAS, List.of(),
				List.of("postgrest", "/" + CONFIGURATION_FILE), Map.of(PORT, port, ADMIN_PORT, probe.adminPort()),
				Map.of(CONFIGURATION_FILE, configuration.listen("0.0.0.0", PORT, ADMIN_PORT).text())), cleanup);
		return new PostgrestContainer(container, probe, settings, databaseRuns);
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
	public int adminPort() {
		return this.probe.adminPort();
	}

	@Override
	public void reloadSchemaCache() {
		new SchemaReload(this::signalReload, container()::log, startupTimeout()).run();
	}

	private void signalReload() {
		if (!isRunning()) {
			throw new IllegalStateException("PostgREST does not run, so it cannot load the schema");
		}
		container().signal("SIGUSR1");
	}

}
