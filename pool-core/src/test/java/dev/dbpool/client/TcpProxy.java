package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Stands between a client and a server and counts the sockets that the client really
 * opens.
 */
final class TcpProxy implements AutoCloseable {

	/** Lets everything pass. */
	private static final Passage OPEN = (request, count) -> OptionalInt.empty();

	private final URI target;

	private final Supplier<Passage> passages;

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
		this(target, port, () -> OPEN);
	}

	/**
	 * Listens.
	 * @param passages says for each connection what of it passes
	 */
	TcpProxy(URI target, int port, Supplier<Passage> passages) throws IOException {
		this.target = target;
		this.passages = passages;
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
	 * Cuts all connections together, as a broken network does.
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
				Passage passage = this.passages.get();
				this.threads.execute(() -> serve(client, passage));
			}
		}
		catch (IOException | RejectedExecutionException ex) {
			cutAll();
		}
	}

	private void serve(Socket client, Passage passage) {
		this.sockets.add(client);
		try (client; Socket server = new Socket(this.target.getHost(), this.target.getPort())) {
			this.sockets.add(server);
			client.setTcpNoDelay(true);
			server.setTcpNoDelay(true);
			this.threads.execute(() -> pump(server, client, passage, false));
			pump(client, server, passage, true);
		}
		catch (IOException | RejectedExecutionException ex) {
			closeQuietly(client);
		}
		finally {
			this.open.decrementAndGet();
		}
	}

	private void pump(Socket from, Socket to, Passage passage, boolean request) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[65_536];
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				OptionalInt cutAfter = passage.cutAfter(request, count);
				out.write(buffer, 0, cutAfter.orElse(count));
				if (cutAfter.isPresent()) {
					closeQuietly(request ? from : to);
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
		cutAll();
		this.threads.shutdownNow();
	}

	/**
	 * What of a connection passes.
	 */
	@FunctionalInterface
	interface Passage {

		/**
		 * Returns after how many bytes of a chunk the connection is to be cut, if it is.
		 * @param request whether the chunk is on its way to the server
		 * @param count the length of the chunk
		 */
		OptionalInt cutAfter(boolean request, int count);

	}

}
