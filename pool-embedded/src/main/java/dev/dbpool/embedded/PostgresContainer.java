package dev.dbpool.embedded;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.dbpool.embedded.DockerEngine.Specification;

/**
 * A PostgreSQL server in a container of the image {@code postgres}.
 */
final class PostgresContainer extends ContainerServer {

	/**
	 * The host name for the other containers of the network.
	 */
	static final String ALIAS = "postgres";

	static final int PORT = 5432;

	private static final String PASSWORD_FILE = "postgres-password";

	private final DatabaseLogin login;

	PostgresContainer(Container container, DatabaseLogin login) {
		super("PostgreSQL", container, login.port(), login.timeout());
		this.login = login;
	}

	static PostgresContainer create(DockerEngine engine, String image, String network, Settings settings,
			Cleanup cleanup) {
		DatabaseLogin login = DatabaseLogin.create(engine.host(), LoopbackPorts.take(cleanup),
				settings.startupTimeout());
		Container container = engine.create(new Specification(image, network, ALIAS,
				List.of("POSTGRES_PASSWORD_FILE=/" + PASSWORD_FILE,
						"POSTGRES_INITDB_ARGS=--encoding=UTF8 --locale=C.UTF-8"),
				command(settings.postgresSettings()), Map.of(PORT, login.port()),
				Map.of(PASSWORD_FILE, login.password())), cleanup);
		return new PostgresContainer(container, login);
	}

	private static List<String> command(Map<String, String> settings) {
		Map<String, String> all = new LinkedHashMap<>(PostgresServer.DEFAULTS);
		all.putAll(settings);
		List<String> command = new ArrayList<>(List.of("postgres"));
		all.forEach((name, value) -> command.addAll(List.of("-c", name + '=' + value)));
		return command;
	}

	@Override
	boolean isReady() {
		return this.login.works();
	}

	DatabaseLogin login() {
		return this.login;
	}

}
