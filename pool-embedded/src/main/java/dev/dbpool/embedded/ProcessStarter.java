package dev.dbpool.embedded;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Runs the servers as processes of this machine, in a run directory.
 */
record ProcessStarter(Optional<Path> postgrestBinary) implements Stack.Starter {

	@Override
	public Stack start(Settings settings, String jwtSecret, Cleanup cleanup) {
		List<Script> scripts = settings.loadScripts();
		int port = LoopbackPorts.take(settings.port(), cleanup);
		RunDirectory directory = RunDirectory.create(RunDirectory.parent());
		cleanup.add(directory::delete);
		StaleRunDirectories.cleanBeside(directory);
		Path program = PostgrestProgram.here().find(this.postgrestBinary, directory.path());
		PostgresServer postgres = PostgresServer.create(directory, settings.postgresSettings(),
				DatabaseLogin.create("127.0.0.1", LoopbackPorts.take(cleanup), settings.startupTimeout()));
		cleanup.add(postgres::close);
		postgres.start();
		String password = Secrets.next();
		Database.fill(postgres.login(), settings.schemas(), scripts, password);
		PostgrestProcess postgrest = new PostgrestProcess(directory, program, settings, port,
				LoopbackPorts.take(cleanup), postgres::isRunning);
		cleanup.add(postgrest::close);
		postgrest.configure(settings, postgres.port(), password, jwtSecret);
		postgrest.start();
		return new Stack(postgres.login(), postgres, postgrest, cleanup);
	}

}
