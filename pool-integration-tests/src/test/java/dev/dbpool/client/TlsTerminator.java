package dev.dbpool.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

import dev.dbpool.transport.TestCertificate;

/**
 * Ends the TLS of clients in front of a server that has none.
 */
final class TlsTerminator implements AutoCloseable {

	private static final int BACKLOG = 200;

	private final URI target;

	private final ServerSocket listener;

	TlsTerminator(TestCertificate certificate, URI target) throws IOException {
		this.target = target;
		this.listener = certificate.serverSockets().createServerSocket(0, BACKLOG, InetAddress.getByName("localhost"));
		start(this::accept);
	}

	int port() {
		return this.listener.getLocalPort();
	}

	private void accept() throws IOException {
		while (!this.listener.isClosed()) {
			Socket client = this.listener.accept();
			start(() -> serve(client));
		}
	}

	private void serve(Socket client) throws IOException {
		try (client; Socket server = new Socket(this.target.getHost(), this.target.getPort())) {
			start(() -> copy(server, client));
			copy(client, server);
		}
	}

	private static void copy(Socket from, Socket to) throws IOException {
		try (from; to) {
			from.getInputStream().transferTo(to.getOutputStream());
		}
	}

	private static void start(Step step) {
		Thread thread = new Thread(() -> {
			try {
				step.run();
			}
			catch (IOException ex) {
				// a side has closed or cut its connection
			}
		}, "tls-terminator");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.listener.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@FunctionalInterface
	private interface Step {

		void run() throws IOException;

	}

}
