package dev.dbpool.embedded;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Fills a new database: Supabase's roles, the exposed schemas, the user's scripts.
 */
final class Database {

	static final String AUTHENTICATOR = "authenticator";

	private static final String ROLES = "dev/dbpool/embedded/roles.sql";

	private static final String EXPOSE = """
			create schema if not exists %1$s;
			grant usage on schema %1$s to anon, authenticated, service_role;
			alter default privileges in schema %1$s grant all on tables to anon, authenticated, service_role;
			alter default privileges in schema %1$s grant all on sequences to anon, authenticated, service_role;
			alter default privileges in schema %1$s grant all on routines to anon, authenticated, service_role;
			""";

	private final Connection connection;

	private Database(Connection connection) {
		this.connection = connection;
	}

	/**
	 * Fills the database of a running server.
	 */
	static void fill(DatabaseLogin login, List<String> schemas, List<Script> scripts, String authenticatorPassword) {
		try (Connection connection = login.openForScripts()) {
			new Database(connection).fill(schemas, scripts, authenticatorPassword);
		}
		catch (SQLException ex) {
			throw new EmbeddedPostgrestException("the roles and schemas could not be made: " + ex.getMessage(), ex);
		}
	}

	private void fill(List<String> schemas, List<Script> scripts, String authenticatorPassword) throws SQLException {
		run(Script.load(ROLES));
		// hashed by the driver, so that it is in no statement that the server could log
		this.connection.unwrap(PGConnection.class)
			.alterUserPassword(AUTHENTICATOR, authenticatorPassword.toCharArray(), "scram-sha-256");
		for (String schema : schemas) {
			execute(EXPOSE.formatted('"' + schema.replace("\"", "\"\"") + '"'));
		}
		scripts.forEach(this::run);
	}

	/**
	 * Runs a script as one transaction, unless it has transaction commands of its own.
	 */
	private void run(Script script) {
		try {
			execute(script.sql());
		}
		catch (SQLException ex) {
			throw new EmbeddedPostgrestException("the script %s failed%s: %s (SQLSTATE %s)".formatted(script.name(),
					place(script, ex), ex.getMessage(), ex.getSQLState()), ex);
		}
	}

	private void execute(String sql) throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.setEscapeProcessing(false);
			statement.execute(sql);
		}
	}

	private static String place(Script script, SQLException exception) {
		ServerErrorMessage message = (exception instanceof PSQLException ex) ? ex.getServerErrorMessage() : null;
		if (message == null || message.getPosition() <= 0) {
			return "";
		}
		long line = script.sql().codePoints().limit(message.getPosition() - 1).filter((c) -> c == '\n').count() + 1;
		return " in line " + line;
	}

}
