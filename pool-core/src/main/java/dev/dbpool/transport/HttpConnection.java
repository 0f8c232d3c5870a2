package dev.dbpool.transport;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.pool.ConnectionEvents;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;

/**
 * One real HTTP/1.1 connection with a socket of its own. Once that socket is closed the
 * connection is of no more use: it never opens another one. Safe for use from any thread.
 */
public final class HttpConnection {

	private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

	private final ConnectionEvents events;

	private final UnexpectedDataLog log;

	private final Origin origin;

	private final Socket socket;

	private final ExchangeQueue exchanges;

	private final ConnectionProvider provider;

	private final ClientHttpConnector connector;

	private volatile boolean closing;

	/**
	 * Creates a connection whose first exchange opens the socket.
	 * @param events notified when the socket is lost
	 * @param origin where the socket leads
	 * @param responseTimeout the longest silence of the server while it answers
	 * @param clients makes a client that takes its channels from a provider
	 * @param log where connections report data that no request has asked for
	 * @param opening called with each channel before it connects
	 */
	HttpConnection(ConnectionEvents events, Origin origin, Duration responseTimeout,
			Function<ConnectionProvider, HttpClient> clients, UnexpectedDataLog log, Consumer<Channel> opening) {
		this.events = events;
		this.log = log;
		this.origin = origin;
		this.socket = new Socket(responseTimeout, new SocketListener());
		this.exchanges = new ExchangeQueue(this.socket);
		this.provider = ConnectionProvider.builder("dbpool-" + events.connectionId())
			.maxConnections(1)
			.pendingAcquireMaxCount(-1)
			.pendingAcquireTimeout(Duration.ZERO)
			.build();
		Socket socket = this.socket;
		HttpClient client = clients.apply(this.provider);
		HttpDecoderConfig decoding = HttpClientFactory.decoding(client);
		client = client.doOnChannelInit((observer, channel, address) -> {
			socket.attach(channel, decoding);
			opening.accept(channel);
		});
		this.connector = new SingleSocketConnector(origin, new ReactorClientHttpConnector(client), this.exchanges);
	}

	/**
	 * Returns the pool's number for this connection.
	 * @return an id, unique in its pool
	 */
	public long id() {
		return this.events.connectionId();
	}

	/**
	 * Returns the connector through which exchanges are made on this connection.
	 * Exchanges that are begun while another is in flight wait and are sent in order. An
	 * exchange is in flight until its response body has been read to the end; cancelling
	 * it before that closes the connection, unless it was still waiting.
	 * <p>
	 * An exchange that finds the connection closed fails with
	 * {@link ConnectionClosedException}, and one to another scheme, host or port than the
	 * connection's with {@link IllegalArgumentException}; neither sends anything. No
	 * request is ever repeated and no redirect followed.
	 * @return the connector
	 */
	public ClientHttpConnector clientConnector() {
		return this.connector;
	}

	/**
	 * Returns whether exchanges can still be made.
	 * @return {@code false} as soon as the socket was closed by either side, the server
	 * announced that it will close it, or an exchange was given up half way
	 */
	public boolean isOpen() {
		return this.socket.isOpen();
	}

	/**
	 * Returns this side's address of the socket.
	 * @return the address, or empty if there is none
	 */
	public Optional<InetSocketAddress> localAddress() {
		return this.socket.localAddress();
	}

	/**
	 * Returns how many exchanges have begun and not ended, the waiting ones included.
	 * @return the number at this moment
	 */
	public int exchangesInFlight() {
		return this.exchanges.size();
	}

	/**
	 * Sets the callback for each part of an answer that arrives, so that a long answer is
	 * known to be in use. The last one set counts.
	 * @param listener called on the event loop; quick and not blocking
	 */
	public void onActivity(Runnable listener) {
		this.socket.onActivity(listener);
	}

	/**
	 * Sets how long the server may be silent in the exchanges that begin from now on.
	 * @param timeout the time, or {@code null} for that of the connector
	 */
	public void responseTimeout(@Nullable Duration timeout) {
		this.socket.responseTimeout(timeout);
	}

	/**
	 * Sets who is notified when a subscriber to an exchange throws, and when the pool
	 * closes the connection. An exchange keeps the holder that it was subscribed with.
	 * Without a holder an exchange ends with what its subscriber has thrown.
	 * @param holder the holder, or {@code null} if there is none any more
	 */
	public void heldBy(@Nullable ConnectionHolder holder) {
		this.exchanges.heldBy(holder);
	}

	/**
	 * Waits until no exchange is in flight.
	 * @return fails if the connection is then not open
	 */
	CompletionStage<Void> reset() {
		return (this.exchanges.size() == 0) ? requireOpen()
				: this.exchanges.whenIdle().thenCompose((nothing) -> requireOpen());
	}

	private CompletionStage<Void> requireOpen() {
		return this.socket.isOpen() ? DONE : CompletableFuture
			.failedStage(new ConnectionClosedException("The connection to %s is closed".formatted(this.origin), null));
	}

	CompletionStage<Void> close() {
		this.closing = true;
		ConnectionHolder holder = this.exchanges.holder();
		if (holder != null) {
			holder.connectionClosing();
		}
		this.exchanges.connectionClosed();
		CompletionStage<Void> closed = this.socket.close();
		this.provider.dispose();
		return closed;
	}

	private final class SocketListener implements Socket.Listener {

		@Override
		public void ended() {
			HttpConnection connection = HttpConnection.this;
			connection.exchanges.refuseWaiting();
			if (!connection.closing) {
				connection.events.disconnected();
			}
		}

		@Override
		public void unexpectedData(int bytes, int status) {
			HttpConnection connection = HttpConnection.this;
			connection.log.unexpectedData(connection.origin, id(), bytes, status);
			connection.exchanges.refuseWaiting();
			connection.events.unexpectedData();
		}

	}

	@Override
	public String toString() {
		return "HttpConnection[id=%d, %s, %s]".formatted(id(), this.origin, isOpen() ? "open" : "closed");
	}

}
