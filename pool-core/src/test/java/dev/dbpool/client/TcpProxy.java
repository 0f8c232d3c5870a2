package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and a server and counts the sockets that the client really
 * opens.
 */
final class TcpProxy implements AutoCloseable {

	private final URI target;

	private final ServerSocket listener;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicInteger mostOpen = new AtomicInteger();

	private final AtomicInteger accepted = new AtomicInteger();

	TcpProxy(URI target) throws IOException {
		this(target, 0);
	}

	TcpProxy(URI target, int port) throws IOException {
		this.target = target;
		this.listener = new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
		this.threads.execute(this::acceptAll);
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.listener.getLocalPort());
	}

	int open() {
		return this.open.get();
	}

	int mostOpen() {
		return this.mostOpen.get();
	}

	int accepted() {
		return this.accepted.get();
	}

	/**
	 * Cuts all connections at once, as a broken network does.
	 */
	void cutAll() {
		this.sockets.forEach(TcpProxy::closeQuietly);
	}

	private void acceptAll() {
		try {
			while (true) {
				Socket client = this.listener.accept();
				this.accepted.incrementAndGet();
				this.mostOpen.accumulateAndGet(this.open.incrementAndGet(), Math::max);
				this.threads.execute(() -> serve(client));
			}
		}
		catch (IOException | RejectedExecutionException ex) {
			cutAll();
		}
	}

	private void serve(Socket client) {
		this.sockets.add(client);
		try (client; Socket server = new Socket(this.target.getHost(), this.target.getPort())) {
			this.sockets.add(server);
			this.threads.execute(() -> pump(server, client));
			pump(client, server);
		}
		catch (IOException | RejectedExecutionException ex) {
			closeQuietly(client);
		}
		finally {
			this.open.decrementAndGet();
		}
	}

	private void pump(Socket from, Socket to) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[8192];
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				out.write(buffer, 0, count);
			}
		}
		catch (IOException ex) {
			closeQuietly(to);
		}
		finally {
			this.sockets.remove(from);
			this.sockets.remove(to);
		}
	}

	private static void closeQuietly(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		cutAll();
		this.threads.shutdownNow();
	}

}
