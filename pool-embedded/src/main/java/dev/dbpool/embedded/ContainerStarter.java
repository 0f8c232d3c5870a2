package dev.dbpool.embedded;

import java.util.List;

/**
 * Runs the servers in containers, in a network of their own.
 */
record ContainerStarter(String postgresImage, String postgrestImage) implements Stack.Starter {

	@Override
	public Stack start(Settings settings, String jwtSecret, Cleanup cleanup) {
		List<Script> scripts = settings.loadScripts();
		DockerEngine engine = DockerEngine.connect();
		String postgresName = engine.pull(this.postgresImage);
		String postgrestName = engine.pull(this.postgrestImage);
		int port = LoopbackPorts.take(settings.port(), cleanup);
		String network = engine.createNetwork(cleanup);
		PostgresContainer postgres = PostgresContainer.create(engine, postgresName, network, settings, cleanup);
		cleanup.add(postgres::close);
		postgres.start();
		String password = Secrets.next();
		Database.fill(postgres.login(), settings.schemas(), scripts, password);
		PostgrestConfiguration configuration = new PostgrestConfiguration(settings, jwtSecret)
			.database(PostgresContainer.ALIAS, PostgresContainer.PORT, password);
		PostgrestContainer postgrest = PostgrestContainer.create(engine, postgrestName, network, settings, port,
				configuration, postgres::isRunning, cleanup);
		cleanup.add(postgrest::close);
		postgrest.start();
		return new Stack(postgres.login(), postgres, postgrest, cleanup);
	}

}
