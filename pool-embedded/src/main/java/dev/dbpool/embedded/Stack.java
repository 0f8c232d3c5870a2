package dev.dbpool.embedded;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both servers, with everything that they occupy.
 */
final class Stack {

	private static final Logger logger = LoggerFactory.getLogger(Stack.class);

	/**
	 * PostgREST pauses for 1, 2, 4 and up to 32 seconds between its attempts to reach the
	 * database. Past this time, a restart is faster.
	 */
	private static final Duration RECOVERY_PATIENCE = Duration.ofSeconds(2);

	private static final int PORT_ATTEMPTS = 3;

	private final DatabaseLogin login;

	private final ServerControl postgres;

	private final PostgrestControl postgrest;

	private final Cleanup cleanup;

	Stack(DatabaseLogin login, ServerControl postgres, PostgrestControl postgrest, Cleanup cleanup) {
		this.login = login;
		this.postgres = postgres;
		this.postgrest = postgrest;
		this.cleanup = cleanup;
	}

	/**
	 * Starts both servers. Another program may take a port between the moment in which it
	 * is found free and the moment in which its server binds it: then all begins again.
	 */
	static Stack start(Settings settings, String jwtSecret, Starter starter) {
		for (int attempt = 1;; attempt++) {
			try {
				return startOnce(settings, jwtSecret, starter);
			}
			catch (EmbeddedPostgrestException ex) {
				if (attempt == PORT_ATTEMPTS || settings.port() != 0 || !isPortTaken(ex)) {
					throw ex;
				}
				logger.debug("A port was taken by another program; starting again", ex);
			}
		}
	}

	/**
	 * In the words of PostgreSQL and PostgREST, of Docker, and of Docker Desktop.
	 */
	private static boolean isPortTaken(EmbeddedPostgrestException ex) {
		String message = Objects.toString(ex.getMessage()).toLowerCase(Locale.ROOT);
		return Stream.of("address already in use", "port is already allocated", "ports are not available")
			.anyMatch(message::contains);
	}

	private static Stack startOnce(Settings settings, String jwtSecret, Starter starter) {
		long start = System.nanoTime();
		Cleanup cleanup = OpenStacks.open(settings.shutdownGrace());
		try {
			Stack stack = starter.start(settings, jwtSecret, cleanup);
			logger.info("Started {} and {} in {} ms", stack.postgrest, stack.postgres,
					TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
			return stack;
		}
		catch (RuntimeException | Error ex) {
			closeAfter(ex, cleanup);
			throw ex;
		}
	}

	private static void closeAfter(Throwable failure, Cleanup cleanup) {
		try {
			cleanup.close();
		}
		catch (RuntimeException ex) {
			failure.addSuppressed(ex);
		}
	}

	DatabaseLogin login() {
		return this.login;
	}

	ServerControl postgres() {
		return this.postgres;
	}

	PostgrestControl postgrest() {
		return this.postgrest;
	}

	void reloadSchemaCache() {
		if (!this.postgres.isRunning()) {
			throw new IllegalStateException("PostgreSQL does not run, so PostgREST cannot load its schema");
		}
		this.postgrest.reloadSchemaCache();
	}

	void ensureRunning() {
		ensureRunning(this.postgres);
		ensureRunning(this.postgrest);
		if (!Await.until(RECOVERY_PATIENCE, this.postgrest::answers)) {
			this.postgrest.kill();
			this.postgrest.start();
		}
	}

	private static void ensureRunning(ServerControl server) {
		server.resume();
		server.start();
	}

	void close() {
		this.cleanup.close();
	}

	/**
	 * A way to run the servers.
	 */
	interface Starter {

		/**
		 * Starts both servers, filled and ready.
		 * @param cleanup gets a step for each thing that has to be undone, even if the
		 * start fails
		 */
		Stack start(Settings settings, String jwtSecret, Cleanup cleanup);

	}

}
