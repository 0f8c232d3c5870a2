package dev.dbpool.embedded;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Where a PostgreSQL server listens, and how its superuser logs in.
 */
record DatabaseLogin(String host, int port, String password, Duration timeout) {

	static final String USER = "postgres";

	static final String DATABASE = "postgres";

	/**
	 * A login for a server that does not exist yet, with a new password.
	 */
	static DatabaseLogin create(String host, int port, Duration timeout) {
		return new DatabaseLogin(host, port, Secrets.next(), timeout);
	}

	String url() {
		return "jdbc:postgresql://%s:%d/%s".formatted(this.host, this.port, DATABASE);
	}

	Connection open() throws SQLException {
		return source().getConnection();
	}

	/**
	 * Opens a connection that sends several statements as one text, so that the position
	 * of an error is one in this text.
	 */
	Connection openForScripts() throws SQLException {
		PGSimpleDataSource source = source();
		source.setPreferQueryMode(PreferQueryMode.SIMPLE);
		return source.getConnection();
	}

	/**
	 * Returns whether the server answers.
	 */
	boolean works() {
		try (Connection connection = open()) {
			return connection.isValid(0);
		}
		catch (SQLException ex) {
			return false;
		}
	}

	private PGSimpleDataSource source() {
		PGSimpleDataSource source = new PGSimpleDataSource();
		source.setUrl(url());
		source.setUser(USER);
		source.setPassword(this.password);
		source.setLoginTimeout((int) Math.max(1, this.timeout.toSeconds()));
		return source;
	}

	@Override
	public String toString() {
		return url();
	}

}
