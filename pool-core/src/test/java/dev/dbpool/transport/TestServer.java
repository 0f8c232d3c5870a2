package dev.dbpool.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.net.ServerSocketFactory;

/**
 * An HTTP server on raw sockets, which misbehaves as its tests configure. It counts the
 * sockets that it sees.
 */
public final class TestServer implements AutoCloseable {

	private final ServerSocket serverSocket;

	private final String scheme;

	private final Handler handler;

	private final List<Peer> peers = new CopyOnWriteArrayList<>();

	private final List<Request> requests = new CopyOnWriteArrayList<>();

	private volatile Handler probeHandler = (request, peer) -> peer.answer("200 OK", "");

	private TestServer(ServerSocketFactory sockets, String scheme, Handler handler) {
		try {
			this.serverSocket = sockets.createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.scheme = scheme;
		this.handler = handler;
		start(this::accept, "test-server");
	}

	/**
	 * Starts a server.
	 * @param handler answers every request but the probes, which are {@code OPTIONS}
	 * @return the server
	 */
	public static TestServer start(Handler handler) {
		return new TestServer(ServerSocketFactory.getDefault(), "http", handler);
	}

	static TestServer start(ServerSocketFactory sockets, Handler handler) {
		return new TestServer(sockets, "https", handler);
	}

	public TestServer answerProbes(Handler handler) {
		this.probeHandler = handler;
		return this;
	}

	public URI url() {
		return URI.create(this.scheme + "://localhost:" + this.serverSocket.getLocalPort());
	}

	public int socketsSeen() {
		return this.peers.size();
	}

	Peer peer(int number) {
		return this.peers.get(number);
	}

	public List<Request> requests() {
		return this.requests.stream().filter((request) -> !request.method().equals("OPTIONS")).toList();
	}

	List<Request> probes() {
		return this.requests.stream().filter((request) -> request.method().equals("OPTIONS")).toList();
	}

	/**
	 * Closes the sockets that there are. The server accepts others.
	 */
	public void cutAll() throws IOException {
		for (Peer peer : this.peers) {
			peer.close();
		}
	}

	@Override
	public void close() throws IOException {
		this.serverSocket.close();
		cutAll();
	}

	private void accept() {
		try {
			while (true) {
				Peer peer = new Peer(this.serverSocket.accept());
				this.peers.add(peer);
				start(() -> serve(peer), "test-server-peer");
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	private void serve(Peer peer) {
		try {
			while (true) {
				Request request = peer.read();
				this.requests.add(request);
				(request.method().equals("OPTIONS") ? this.probeHandler : this.handler).handle(request, peer);
			}
		}
		catch (IOException | InterruptedException ex) {
			// the client or the test has closed it
		}
	}

	private static void start(Runnable task, String name) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		thread.start();
	}

	@FunctionalInterface
	public interface Handler {

		void handle(Request request, Peer peer) throws IOException, InterruptedException;

	}

	public record Request(String head, String body) {

		public String method() {
			return this.head.substring(0, this.head.indexOf(' '));
		}

		public String path() {
			return this.head.split(" ", 3)[1];
		}

		public String header(String name) {
			return this.head.lines()
				.filter((line) -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
				.map((line) -> line.substring(name.length() + 1).trim())
				.findFirst()
				.orElse("");
		}

	}

	/**
	 * The server's side of one socket.
	 */
	public static final class Peer {

		private final Socket socket;

		private InputStream in;

		Peer(Socket socket) throws IOException {
			this.socket = socket;
			socket.setTcpNoDelay(true);
		}

		public void answer(String status, String body) throws IOException {
			send("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s".formatted(status, body.length(), body));
		}

		public void send(String raw) throws IOException {
			this.socket.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
			this.socket.getOutputStream().flush();
		}

		public void close() throws IOException {
			this.socket.close();
		}

		public void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

		int port() {
			return this.socket.getPort();
		}

		/**
		 * Waits until the client has closed the socket.
		 */
		public void awaitEnd() throws IOException {
			while (this.socket.getInputStream().read() != -1) {
				continue;
			}
		}

		private Request read() throws IOException {
			if (this.in == null) {
				this.in = new BufferedInputStream(this.socket.getInputStream());
			}
			ByteArrayOutputStream head = new ByteArrayOutputStream();
			while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
				int next = this.in.read();
				if (next == -1) {
					throw new EOFException();
				}
				head.write(next);
			}
			Request request = new Request(head.toString(StandardCharsets.ISO_8859_1), "");
			String length = request.header("content-length");
			byte[] body = this.in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
			return new Request(request.head(), new String(body, StandardCharsets.ISO_8859_1));
		}

	}

}
