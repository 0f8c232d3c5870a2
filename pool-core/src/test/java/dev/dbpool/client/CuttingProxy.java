package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Stands between a client and a server and cuts each connection at a chosen point.
 */
final class CuttingProxy implements AutoCloseable {

	private final URI target;

	private final Supplier<Cut> cuts;

	private final ServerSocket listener;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Map<Point, AtomicInteger> made = new ConcurrentHashMap<>();

	CuttingProxy(URI target, Supplier<Cut> cuts) throws IOException {
		this.target = target;
		this.cuts = cuts;
		this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
		this.threads.execute(this::acceptAll);
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.listener.getLocalPort());
	}

	Map<Point, AtomicInteger> made() {
		return this.made;
	}

	private void acceptAll() {
		try {
			while (true) {
				Socket client = this.listener.accept();
				Cut cut = this.cuts.get();
				this.threads.execute(() -> serve(client, cut));
			}
		}
		catch (IOException | RejectedExecutionException ex) {
			this.sockets.forEach(CuttingProxy::closeQuietly);
		}
	}

	private void serve(Socket client, Cut cut) {
		this.sockets.add(client);
		try (client; Socket server = new Socket(this.target.getHost(), this.target.getPort())) {
			this.sockets.add(server);
			client.setTcpNoDelay(true);
			server.setTcpNoDelay(true);
			this.threads.execute(() -> pump(server, client, cut, false));
			pump(client, server, cut, true);
		}
		catch (IOException | RejectedExecutionException ex) {
			closeQuietly(client);
		}
	}

	private void pump(Socket from, Socket to, Cut cut, boolean request) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[65_536];
			int chunk = 0;
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				boolean cutHere = request == (cut.point() == Point.IN_REQUEST) && ++chunk == cut.chunk();
				out.write(buffer, 0, cutHere ? cut.passed(count) : count);
				if (cutHere) {
					closeQuietly(request ? from : to);
					this.made.computeIfAbsent(cut.point(), (point) -> new AtomicInteger()).incrementAndGet();
					return;
				}
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
		this.sockets.forEach(CuttingProxy::closeQuietly);
		this.threads.shutdownNow();
	}

	/**
	 * Where a connection is cut.
	 */
	enum Point {

		/** In the midst of a request, so that it is not run. */
		IN_REQUEST,
		/** When the server has answered and nothing of the answer has passed. */
		BEFORE_ANSWER,
		/** In the midst of an answer. */
		IN_ANSWER,
		/** When all of the answer has passed. */
		AFTER_ANSWER

	}

	/**
	 * When and where a connection is cut.
	 *
	 * @param point where
	 * @param chunk at which request or answer, from 1
	 * @param share how much of it passes, from 0 to 1
	 */
	record Cut(Point point, int chunk, double share) {

		int passed(int count) {
			return switch (this.point) {
				case BEFORE_ANSWER -> 0;
				case AFTER_ANSWER -> count;
				case IN_REQUEST -> (int) (this.share * count);
				case IN_ANSWER -> Math.max(1, (int) (this.share * count));
			};
		}

	}

}
