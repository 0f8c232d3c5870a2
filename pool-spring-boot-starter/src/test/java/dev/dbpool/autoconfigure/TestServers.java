package dev.dbpool.autoconfigure;

import java.sql.Connection;

import java.sql.SQLException;
import java.sql.Statement;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;

/**
 * The one server of all integration tests. It ends with the JVM.
 */
public final class TestServers {

	private TestServers() {
	}

	/**
	 * Returns the server, running whatever the test before has done to it, and without
	 * the statements that it has left behind.
	 * @return the server
	 */
	public static PostgrestServer running() {
		Holder.SERVER.ensureRunning();
		try (Connection connection = Holder.SERVER.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("select pg_cancel_backend(pid) from pg_stat_activity "
					+ "where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid()");
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return Holder.SERVER;
	}

	private static final class Holder {

		private static final PostgrestServer SERVER = EmbeddedPostgrest.builder()
			.schemas("public", "shop")
			.postgrestSetting("server-timing-enabled", "true")
			.script("items.sql")
			.start();

	}

}
