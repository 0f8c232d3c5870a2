package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.function.Consumer;

import dev.dbpool.embedded.proxy.FaultProxy.Direction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a client and the one to the server that belongs to it, with a
 * {@link Link} for each direction. Confined to the thread of the loop.
 */
final class ProxiedConnection {

	private static final Logger logger = LoggerFactory.getLogger(ProxiedConnection.class);

	private final long number;

	private final Random random;

	private final EventLoop loop;

	private final Consumer<ProxiedConnection> onClose;

	private final SocketChannel client;

	private final SocketChannel server;

	private final Link upstream;

	private final Link downstream;

	private @Nullable SelectionKey clientKey;

	private @Nullable SelectionKey serverKey;

	private boolean closed;

	ProxiedConnection(long number, SocketChannel client, Random random, EventLoop loop,
			Consumer<ProxiedConnection> onClose) throws IOException {
		this.random = random;
		this.number = number;
		this.client = client;
		this.loop = loop;
		this.onClose = onClose;
		this.server = SocketChannel.open();
		this.upstream = new Link(this, client, this.server);
		this.downstream = new Link(this, this.server, client);
	}

	/** From 1, in the order in which the connections were accepted. */
	long number() {
		return this.number;
	}

	Random random() {
		return this.random;
	}

	EventLoop loop() {
		return this.loop;
	}

	Link link(Direction direction) {
		return (direction == Direction.UPSTREAM) ? this.upstream : this.downstream;
	}

	/**
	 * Connects to the server. Nothing of the client is read before.
	 */
	void connect(InetSocketAddress target) {
		run(() -> {
			this.client.setOption(StandardSocketOptions.TCP_NODELAY, true);
			this.server.setOption(StandardSocketOptions.TCP_NODELAY, true);
			this.clientKey = this.loop.register(this.client, 0, (key) -> run(() -> ready(key)));
			this.serverKey = this.loop.register(this.server, 0, (key) -> run(() -> ready(key)));
			this.server.connect(target);
		});
	}

	private void ready(SelectionKey key) throws IOException {
		boolean fromClient = key == this.clientKey;
		if (key.isConnectable()) {
			this.server.finishConnect();
		}
		if (key.isWritable()) {
			(fromClient ? this.downstream : this.upstream).flush();
		}
		if (key.isValid() && key.isReadable()) {
			(fromClient ? this.upstream : this.downstream).read();
		}
	}

	/**
	 * Runs what may fail on a socket, and then waits for what the links need next. A
	 * failure resets both sides. If the server could not be reached, the client is
	 * closed.
	 */
	void run(EventLoop.Task task) {
		if (this.closed) {
			return;
		}
		try {
			task.run();
			awaitNext();
		}
		catch (RuntimeException | Error ex) {
			logger.warn("A connection of a fault proxy is reset because a toxic failed", ex);
			reset();
		}
		catch (IOException ex) {
			if (this.server.isConnected()) {
				reset();
			}
			else {
				close();
			}
		}
	}

	private void awaitNext() {
		if (this.upstream.isDone() && this.downstream.isDone()) {
			close();
		}
		if (this.closed || this.clientKey == null || this.serverKey == null) {
			return;
		}
		if (!this.server.isConnected()) {
			this.serverKey.interestOps(SelectionKey.OP_CONNECT);
			return;
		}
		this.clientKey.interestOps(operations(this.upstream, this.downstream));
		this.serverKey.interestOps(operations(this.downstream, this.upstream));
	}

	private static int operations(Link reading, Link writing) {
		return (reading.canRead() ? SelectionKey.OP_READ : 0) | (writing.canWrite() ? SelectionKey.OP_WRITE : 0);
	}

	/**
	 * Closes both sides with an RST.
	 */
	void reset() {
		try {
			this.client.setOption(StandardSocketOptions.SO_LINGER, 0);
			this.server.setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		catch (IOException ex) {
			// the peer has closed it already
		}
		close();
	}

	void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		try (this.client; this.server) {
			this.upstream.discard();
			this.downstream.discard();
		}
		catch (IOException ex) {
			// the peer has closed it already
		}
		this.onClose.accept(this);
	}

}
