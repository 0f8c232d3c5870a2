package dev.dbpool.client;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import dev.dbpool.embedded.PostgrestServer;
import org.awaitility.Awaitility;
import reactor.core.publisher.Mono;

/**
 * Lets statements run at the server for exactly as long as a test needs them to. They
 * wait for an advisory lock of the database, which this holds until it is opened.
 */
final class StatementGate implements AutoCloseable {

	/** The lock, as in {@code client-tests.sql}. */
	static final int LOCK = 4711;

	private final Connection connection;

	private StatementGate(Connection connection) {
		this.connection = connection;
	}

	static StatementGate of(PostgrestServer server) throws SQLException {
		StatementGate gate = new StatementGate(server.openJdbcConnection());
		gate.query("select count(pg_advisory_lock(" + LOCK + "))");
		return gate;
	}

	/**
	 * Returns a read that ends when the gate is open.
	 */
	static Mono<String> pass(PooledClient client) {
		return client.rpc("wait_for_gate").readOnly().value(String.class);
	}

	boolean isReached() throws SQLException {
		return query(
				"select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = " + LOCK) > 0;
	}

	void awaitReached() {
		Awaitility.await().until(this::isReached);
	}

	void open() throws SQLException {
		query("select count(pg_advisory_unlock_all())");
	}

	private long query(String sql) throws SQLException {
		try (Statement statement = this.connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			rows.next();
			return rows.getLong(1);
		}
	}

	@Override
	public void close() throws SQLException {
		this.connection.close();
	}

}
