package dev.dbpool.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import reactor.core.publisher.Mono;

/**
 * Lets statements run at the server for exactly as long as a test needs them to. They
 * wait for an advisory lock of the database, which this holds until it is opened.
 */
public final class StatementGate implements AutoCloseable {

	/** What a statement returns that has passed. */
	public static final String PASSED = "passed";

	private final Connection connection;

	private StatementGate(Connection connection) {
		this.connection = connection;
	}

	/**
	 * Closes the gate of a server.
	 * @param server the server
	 * @return the gate
	 */
	public static StatementGate of(PostgrestServer server) throws SQLException {
		Connection connection = server.openJdbcConnection();
		try (Statement statement = connection.createStatement()) {
			statement.execute("select pg_advisory_lock(4711)");
		}
		return new StatementGate(connection);
	}

	/**
	 * Returns a read that ends when the gate is open. Its name is
	 * {@code GET /rpc/wait_for_gate}.
	 * @param client the client that reads
	 * @return the read
	 */
	public static Mono<String> pass(PooledClient client) {
		return client.rpc("wait_for_gate").readOnly().value(String.class);
	}

	/**
	 * Opens the gate.
	 */
	public void open() throws SQLException {
		this.connection.close();
	}

	@Override
	public void close() throws SQLException {
		open();
	}

}
