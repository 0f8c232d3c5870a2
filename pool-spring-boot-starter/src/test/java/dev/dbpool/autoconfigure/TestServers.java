package dev.dbpool.autoconfigure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;

import static org.awaitility.Awaitility.await;

/**
 * The one server of all integration tests. It ends with the JVM.
 */
public final class TestServers {

	/**
	 * Cancels the statements that were running at a time, which end some time after that,
	 * and counts them.
	 */
	private static final String CANCEL = """
			select count(pg_cancel_backend(pid)) from pg_stat_activity where state = 'active'
			and backend_type = 'client backend' and pid <> pg_backend_pid() and query_start < '%s'
			""";

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
			String present = single(statement, "select clock_timestamp()");
			await().pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(10))
				.until(() -> single(statement, CANCEL.formatted(present)).equals("0"));
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return Holder.SERVER;
	}

	private static String single(Statement statement, String query) throws SQLException {
		try (ResultSet rows = statement.executeQuery(query)) {
			rows.next();
			return rows.getString(1);
		}
	}

	private static final class Holder {

		private static final PostgrestServer SERVER = EmbeddedPostgrest.builder()
			.schemas("public", "shop")
			.postgrestSetting("server-timing-enabled", "true")
			.script("items.sql")
			.start();

	}

}
