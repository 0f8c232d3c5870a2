package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import dev.dbpool.embedded.LoopbackPorts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP proxy between a client and a server that makes the network fail, in the terms of
 * <a href="https://github.com/Shopify/toxiproxy">Toxiproxy</a>. It listens on the
 * loopback interface. {@link Toxic Toxics} are added and removed while it runs, and apply
 * to open connections as well as to new ones. Several toxics of a direction apply in the
 * order in which they were added.
 * <p>
 * All methods may be called from any thread, except from a {@link Toxic.CutPoint}. A
 * change is complete when the method returns. One daemon thread serves all connections.
 */
public final class FaultProxy implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(FaultProxy.class);

	private static final int BACKLOG = 200;

	/** To find a port that stays free until the proxy listens. */
	private static final int ATTEMPTS = 10;

	private final InetSocketAddress target;

	private final int port;

	private final boolean portTaken;

	private final Random random;

	private final EventLoop loop;

	private final List<AppliedToxic> toxics = new ArrayList<>();

	private final Set<ProxiedConnection> connections = new LinkedHashSet<>();

	private final AtomicInteger accepted = new AtomicInteger();

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicInteger mostOpen = new AtomicInteger();

	private @Nullable ServerSocketChannel listener;

	private FaultProxy(Builder builder) {
		this.target = builder.target;
		this.random = new Random(builder.seed);
		this.portTaken = builder.port == 0;
		this.port = this.portTaken ? LoopbackPorts.take() : builder.port;
		this.loop = EventLoop.start("fault-proxy-" + this.port);
		try {
			up();
		}
		catch (RuntimeException ex) {
			close();
			throw ex;
		}
	}

	/**
	 * Starts a proxy on a free port.
	 * @param target the server, of which host and port are used
	 * @return the proxy, which listens
	 */
	public static FaultProxy to(URI target) {
		return builder(target.getHost(), target.getPort()).start();
	}

	/**
	 * Starts a proxy on a free port.
	 * @param host the host of the server
	 * @param port the port of the server
	 * @return the proxy, which listens
	 */
	public static FaultProxy to(String host, int port) {
		return builder(host, port).start();
	}

	/**
	 * Configures a proxy.
	 * @param host the host of the server
	 * @param port the port of the server
	 * @return a builder
	 */
	public static Builder builder(String host, int port) {
		return new Builder(host, port);
	}

	/**
	 * Returns the port on which the proxy listens, up or down.
	 * @return the port
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Returns the HTTP URL of the proxy, for clients in place of that of the server.
	 * @return the URL, without a path
	 */
	public URI url() {
		return URI.create("http://127.0.0.1:" + this.port);
	}

	/**
	 * Adds a toxic to what clients send.
	 * @param toxic the toxic
	 */
	public void addUpstream(Toxic toxic) {
		add(Direction.UPSTREAM, toxic);
	}

	/**
	 * Adds a toxic to what the server sends.
	 * @param toxic the toxic
	 */
	public void addDownstream(Toxic toxic) {
		add(Direction.DOWNSTREAM, toxic);
	}

	private void add(Direction direction, Toxic toxic) {
		this.loop.run(() -> {
			AppliedToxic applied = new AppliedToxic(direction, toxic);
			this.toxics.add(applied);
			List.copyOf(this.connections).forEach((connection) -> connection.link(direction).add(toxic));
		});
	}

	/**
	 * Removes a toxic from all connections, in the directions to which it was added. What
	 * the toxic has delayed passes on.
	 * @param toxic the toxic that was added
	 */
	public void remove(Toxic toxic) {
		this.loop.run(() -> {
			this.toxics.removeIf((applied) -> applied.toxic() == toxic);
			for (ProxiedConnection connection : List.copyOf(this.connections)) {
				for (Direction direction : Direction.values()) {
					connection.link(direction).remove(toxic);
				}
			}
		});
	}

	/**
	 * Removes all toxics, and listens again if the proxy is down.
	 */
	public void restore() {
		this.loop.call(() -> List.copyOf(this.toxics)).stream().map(AppliedToxic::toxic).forEach(this::remove);
		up();
	}

	/**
	 * Closes all connections and stops to listen: connections are refused.
	 */
	public void down() {
		this.loop.run(() -> {
			if (this.listener != null) {
				this.loop.close(this.listener);
				this.listener = null;
			}
			List.copyOf(this.connections).forEach(ProxiedConnection::close);
		});
	}

	/**
	 * Listens on the same port again, after {@link #down()}.
	 */
	public void up() {
		this.loop.run(() -> {
			if (this.listener == null) {
				this.listener = listen();
			}
		});
	}

	private ServerSocketChannel listen() throws IOException {
		ServerSocketChannel channel = ServerSocketChannel.open();
		try {
			channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), this.port), BACKLOG);
			this.loop.register(channel, SelectionKey.OP_ACCEPT, (key) -> accept(channel));
			return channel;
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
	}

	private void accept(ServerSocketChannel channel) {
		try {
			SocketChannel client = channel.accept();
			if (client != null) {
				accept(client);
			}
		}
		catch (IOException ex) {
			logger.warn("The fault proxy on port {} could not accept a connection", this.port, ex);
		}
	}

	private void accept(SocketChannel client) throws IOException {
		ProxiedConnection connection = new ProxiedConnection(this.accepted.incrementAndGet(), client,
				new Random(this.random.nextLong()), this.loop, this::forget);
		this.connections.add(connection);
		this.mostOpen.accumulateAndGet(this.open.incrementAndGet(), Math::max);
		this.toxics.forEach((applied) -> connection.link(applied.direction()).add(applied.toxic()));
		connection.connect(this.target);
	}

	private void forget(ProxiedConnection connection) {
		if (this.connections.remove(connection)) {
			this.open.decrementAndGet();
		}
	}

	/**
	 * Resets all open connections (RST), and goes on to accept new ones.
	 */
	public void resetConnections() {
		this.loop.run(() -> List.copyOf(this.connections).forEach(ProxiedConnection::reset));
	}

	/**
	 * Returns how many connections clients have opened since the start.
	 * @return the number
	 */
	public int accepted() {
		return this.accepted.get();
	}

	/**
	 * Returns how many connections are open.
	 * @return the number
	 */
	public int open() {
		return this.open.get();
	}

	/**
	 * Returns how many connections were open at the same time at most.
	 * @return the number
	 */
	public int mostOpen() {
		return this.mostOpen.get();
	}

	/**
	 * Closes all connections and stops the proxy. A second call has no effect.
	 */
	@Override
	public void close() {
		if (this.loop.isClosed()) {
			return;
		}
		down();
		this.loop.close();
		if (this.portTaken) {
			LoopbackPorts.release(this.port);
		}
	}

	/**
	 * Which bytes a toxic applies to.
	 */
	enum Direction {

		/** From the client to the server. */
		UPSTREAM,
		/** From the server to the client. */
		DOWNSTREAM

	}

	private record AppliedToxic(Direction direction, Toxic toxic) {
	}

	/**
	 * Configures a {@link FaultProxy}.
	 */
	public static final class Builder {

		private final InetSocketAddress target;

		private int port;

		private long seed;

		private Builder(String host, int port) {
			this.target = new InetSocketAddress(host, port);
		}

		/**
		 * Sets the port on which the proxy listens, by default a free one.
		 * @param port the port, or 0 for a free one
		 * @return this builder
		 */
		public Builder port(int port) {
			this.port = port;
			return this;
		}

		/**
		 * Sets the seed of all random choices, by default 0. Connections that are opened
		 * in the same order have the same faults in each run.
		 * @param seed the seed
		 * @return this builder
		 */
		public Builder seed(long seed) {
			this.seed = seed;
			return this;
		}

		/**
		 * Starts the proxy. Another process may take a port that was just found to be
		 * free; then the proxy takes another one.
		 * @return the proxy, which listens
		 * @throws UncheckedIOException if the port is not free
		 */
		public FaultProxy start() {
			for (int attempt = 1; this.port == 0 && attempt < ATTEMPTS; attempt++) {
				try {
					return new FaultProxy(this);
				}
				catch (UncheckedIOException ex) {
					if (!(ex.getCause() instanceof BindException)) {
						throw ex;
					}
				}
			}
			return new FaultProxy(this);
		}

	}

}
