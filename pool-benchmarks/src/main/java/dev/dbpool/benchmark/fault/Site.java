package dev.dbpool.benchmark.fault;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

import dev.dbpool.benchmark.Target;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.proxy.FaultProxy;
import org.jspecify.annotations.Nullable;

/**
 * The servers and the network of one client, which no other client uses:
 * {@code client → FaultProxy → Gateway → PostgREST → PostgreSQL}.
 */
final class Site implements AutoCloseable {

	private final PostgrestServer server;

	private final Gateway gateway;

	private final FaultProxy proxy;

	private @Nullable Connection lock;

	private Site(PostgrestServer server, long seed) throws InterruptedException {
		this.server = server;
		this.gateway = Gateway.start(server.url(), seed);
		this.proxy = FaultProxy.builder("127.0.0.1", this.gateway.port()).seed(seed).start();
	}

	static Site start(long seed) throws InterruptedException {
		return new Site(EmbeddedPostgrest.builder().script("dev/dbpool/benchmark/faults.sql").start(), seed);
	}

	Target target() {
		return new Target(this.proxy.url(), this.server.anonKey(), null);
	}

	PostgrestServer server() {
		return this.server;
	}

	Gateway gateway() {
		return this.gateway;
	}

	FaultProxy proxy() {
		return this.proxy;
	}

	/**
	 * Kills PostgREST. Its port refuses connections, and so does that of the proxy.
	 */
	void killPostgrest() {
		this.server.postgrest().kill();
		this.proxy.down();
	}

	void stopPostgrest() {
		this.server.postgrest().stop();
		this.proxy.down();
	}

	void startPostgrest() {
		this.server.postgrest().start();
		this.proxy.up();
	}

	/**
	 * Runs statements as the superuser.
	 */
	void sql(String... statements) throws SQLException {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			for (String sql : statements) {
				statement.execute(sql);
			}
		}
	}

	/**
	 * Locks a table until {@link #unlock()}.
	 */
	void lock(String table) throws SQLException {
		Connection connection = this.server.openJdbcConnection();
		this.lock = connection;
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.execute("lock table " + table + " in access exclusive mode");
		}
	}

	void unlock() throws SQLException {
		if (this.lock != null) {
			this.lock.close();
			this.lock = null;
		}
	}

	/**
	 * Repairs every fault, and empties the table that is written to.
	 */
	void reset() throws SQLException {
		unlock();
		this.gateway.behave(Behaviour.NORMAL);
		this.server.ensureRunning();
		this.proxy.restore();
		sql("truncate orders");
	}

	/**
	 * Returns how often each order is in the table.
	 */
	Map<String, Integer> orders() throws SQLException {
		Map<String, Integer> orders = new HashMap<>();
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("select id, count(*) from orders group by id")) {
			while (rows.next()) {
				orders.put(rows.getString(1), rows.getInt(2));
			}
		}
		return orders;
	}

	@Override
	public void close() {
		this.proxy.close();
		this.gateway.close();
		this.server.close();
	}

}
