package dev.dbpool.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What counts as a server that accepts connections.
 */
class PostgrestProbeTests {

	@Test
	void aConnectionThatStaysOpenIsAccepted() throws IOException {
		try (ServerSocket server = listen()) {
			assertThat(accepts(server)).isTrue();
		}
	}

	@Test
	void aConnectionThatAProxyClosesImmediatelyIsNot() throws IOException {
		try (ServerSocket server = listen()) {
			CompletableFuture<Void> proxy = CompletableFuture.runAsync(() -> {
				try {
					server.accept().close();
				}
				catch (IOException ex) {
					throw new AssertionError(ex);
				}
			});
			assertThat(accepts(server)).isFalse();
			proxy.join();
		}
	}

	@Test
	void aRefusedConnectionIsNot() throws IOException {
		ServerSocket server = listen();
		server.close();
		assertThat(accepts(server)).isFalse();
	}

	private static boolean accepts(ServerSocket server) {
		return new PostgrestProbe("127.0.0.1", server.getLocalPort(), 0).accepts();
	}

	private static ServerSocket listen() throws IOException {
		return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
	}

}
