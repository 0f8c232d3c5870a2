package dev.dbpool.benchmark;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

import dev.dbpool.benchmark.server.Certificate;
import dev.dbpool.benchmark.server.ServerProcess;
import dev.dbpool.benchmark.server.StubServer;
import dev.dbpool.benchmark.server.TlsProxy;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.jspecify.annotations.Nullable;

/**
 * The servers to choose from.
 */
public enum Server {

	/** PostgREST and PostgreSQL, with TLS behind a proxy. */
	POSTGREST {

		@Override
		Running start(int connections, @Nullable Certificate certificate) throws IOException {
			PostgrestServer server = EmbeddedPostgrest.builder()
				.script("dev/dbpool/benchmark/items.sql")
				.postgrestSetting("db-pool", String.valueOf(connections))
				.start();
			if (certificate == null) {
				return new Running(new Target(server.url(), server.anonKey(), null), server::close);
			}
			try {
				ServerProcess proxy = TlsProxy.start(server.url().getPort(), certificate);
				return new Running(Server.target(proxy, server.anonKey(), certificate), () -> {
					proxy.close();
					server.close();
				});
			}
			catch (IOException | RuntimeException ex) {
				server.close();
				throw ex;
			}
		}

	},

	/** A server that answers for next to no processor time. */
	STUB {

		@Override
		Running start(int connections, @Nullable Certificate certificate) throws IOException {
			ServerProcess server = StubServer.start(certificate);
			return new Running(Server.target(server, KEY, certificate), server::close);
		}

	};

	private static final String KEY = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
			+ "eyJyb2xlIjoiYW5vbiIsImlzcyI6InN0dWIiLCJleHAiOjQxMDI0NDQ4MDB9."
			+ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	abstract Running start(int connections, @Nullable Certificate certificate) throws IOException;

	/**
	 * Starts this server.
	 * @param connections the connections of PostgREST to PostgreSQL
	 * @param tls whether it speaks TLS, with a certificate of its own
	 * @return the running server
	 * @throws IOException if it cannot be started
	 */
	public Running start(int connections, boolean tls) throws IOException {
		if (!tls) {
			return start(connections, null);
		}
		Path directory = Files.createTempDirectory("http-benchmark");
		Certificate certificate = Certificate.generate(directory);
		Running running = start(connections, certificate);
		return new Running(running.target(), () -> {
			running.close();
			Files.delete(certificate.file());
			Files.delete(directory);
		});
	}

	private static Target target(ServerProcess server, String key, @Nullable Certificate certificate) {
		String scheme = (certificate != null) ? "https" : "http";
		return new Target(URI.create(scheme + "://127.0.0.1:" + server.port()), key, certificate);
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

	/**
	 * A server that runs.
	 *
	 * @param target where it listens
	 * @param end ends it
	 */
	public record Running(Target target, Closing end) implements AutoCloseable {

		@Override
		public void close() throws IOException {
			this.end.run();
		}

	}

	/**
	 * Ends a server.
	 */
	@FunctionalInterface
	public interface Closing {

		void run() throws IOException;

	}

}
