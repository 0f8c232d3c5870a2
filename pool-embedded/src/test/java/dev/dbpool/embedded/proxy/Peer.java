package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server whose connections the test handles.
 */
final class Peer implements AutoCloseable {

	/** How long a test waits for data, so that it fails rather than hangs. */
	static final int TIMEOUT_MILLIS = 20_000;

	private final ServerSocket listener;

	private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();

	/** Referenced, since a socket that is garbage-collected is closed. */
	private final List<Socket> sockets = new CopyOnWriteArrayList<>();

	Peer() {
		try {
			this.listener = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread thread = new Thread(this::accept, "peer");
		thread.setDaemon(true);
		thread.start();
	}

	int port() {
		return this.listener.getLocalPort();
	}

	/**
	 * Waits for the next connection.
	 */
	Socket next() throws InterruptedException {
		Socket socket = this.accepted.poll(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
		if (socket == null) {
			throw new AssertionError("no connection arrived");
		}
		return socket;
	}

	private void accept() {
		try {
			while (true) {
				Socket socket = this.listener.accept();
				socket.setSoTimeout(TIMEOUT_MILLIS);
				this.sockets.add(socket);
				this.accepted.add(socket);
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

}
