package dev.dbpool.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import dev.dbpool.client.Lane;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams far more than all buffers between the database and the caller can hold.
 */
@MarketplaceTest
class ExportIntegrationTests {

	private static final int ROWS = 25_000;

	@Autowired
	private PostgrestServer server;

	@Autowired
	private PooledClient client;

	@LocalServerPort
	private int port;

	@BeforeEach
	void addManyProducts() throws SQLException {
		execute("insert into products (shop_id, name, category, description, price) select 1, 'Bulk', 'bulk', "
				+ "repeat('x', 1000), 1 from generate_series(1, " + ROWS + ")");
	}

	@AfterEach
	void removeThem() throws SQLException {
		execute("delete from products where category = 'bulk'");
	}

	@Test
	void leaseIsHeldUntilTheCallerHasReadTheLastRow() throws IOException {
		try (Socket socket = export(); BufferedReader lines = reader(socket)) {
			assertThat(readRows(lines, 100)).isEqualTo(100);
			awaitActive(1);
			assertThat(readRows(lines, Integer.MAX_VALUE)).isEqualTo(ROWS - 100);
		}
		awaitActive(0);
	}

	@Test
	void leaseComesBackWhenTheCallerGoesAway() throws IOException {
		try (Socket socket = export(); BufferedReader lines = reader(socket)) {
			readRows(lines, 1);
			awaitActive(1);
		}
		awaitActive(0);
	}

	private Socket export() throws IOException {
		Socket socket = new Socket();
		socket.setReceiveBufferSize(256 * 1024);
		socket.connect(new InetSocketAddress("127.0.0.1", this.port));
		socket.getOutputStream()
			.write("GET /api/products/export?category=bulk HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
				.getBytes(StandardCharsets.US_ASCII));
		return socket;
	}

	private static BufferedReader reader(Socket socket) throws IOException {
		return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
	}

	private static int readRows(BufferedReader lines, int max) throws IOException {
		int rows = 0;
		while (rows < max) {
			String line = lines.readLine();
			if (line == null) {
				break;
			}
			rows += line.startsWith("{") ? 1 : 0;
		}
		return rows;
	}

	/**
	 * Waits until so many connections are leased. Calls of other tests may be under way
	 * for a moment.
	 */
	private void awaitActive(int leased) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(this.client.pool(Lane.READ).snapshot().active()).isEqualTo(leased));
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
