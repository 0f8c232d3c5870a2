package dev.dbpool.transport;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * The one socket of a connection.
 * <p>
 * States: {@code OPENING → OPEN → CLOSED}, or {@code OPENING → CLOSED}. The event loop of
 * the channel makes it open, anyone may close it, and nothing leads back: a channel that
 * comes up in any state but opening is closed before it connects. (While opening there
 * may be several channels one after the other, since a host may have several addresses.)
 * {@code CLOSED} is set before the channel is closed, which happens later on its event
 * loop, so that a caller whose exchange was given up also sees that the socket is no
 * longer usable.
 */
final class Socket implements ResponseGuard.Listener {

	private static final String GUARD = "dbpool.guard";

	private static final String HANDLER = "dbpool.socket";

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	/**
	 * Listener for the end of a socket that was open. One of its methods is called, once,
	 * on the event loop.
	 */
	interface Listener {

		/** The socket was closed, or will be when the present answer has ended. */
		void ended();

		/**
		 * The socket is closed because the server sent what no request has asked for.
		 * @param bytes how many bytes were read
		 * @param status the status of the answer that they followed in the same read, or
		 * 0 if no request was outstanding
		 */
		void unexpectedData(int bytes, int status);

	}

	private enum State {

		OPENING, OPEN, CLOSED

	}

	private final AtomicReference<State> state = new AtomicReference<>(State.OPENING);

	private final Duration responseTimeout;

	private final Listener listener;

	private volatile @Nullable Duration ownTimeout;

	private volatile Runnable activityListener = () -> {
	};

	private volatile @Nullable Channel channel;

	private volatile boolean requestBegun;

	/** Used by the event loop alone. */
	private boolean endReported;

	/**
	 * Creates a socket that is yet to be opened.
	 * @param responseTimeout the longest silence of the server while it answers
	 * @param listener notified of the end of a socket that was open
	 */
	Socket(Duration responseTimeout, Listener listener) {
		this.responseTimeout = responseTimeout;
		this.listener = listener;
	}

	/**
	 * Takes a new channel, or refuses it when there already was an open one. Its HTTP
	 * codec is replaced by one that is guarded.
	 * @param channel a channel that is registered but not connected
	 * @param decoding the limits of the decoder
	 */
	void attach(Channel channel, HttpDecoderConfig decoding) {
		if (this.state.get() == State.OPENING) {
			ResponseGuard guard = new ResponseGuard(this);
			channel.pipeline()
				.replace(NettyPipeline.HttpCodec, NettyPipeline.HttpCodec, ResponseDecoder.codec(decoding, guard));
			channel.pipeline()
				.addAfter(NettyPipeline.HttpCodec, GUARD, guard)
				.addBefore(NettyPipeline.ReactiveBridge, HANDLER, new SocketHandler(this, this.responseTimeout));
			this.channel = channel;
		}
		if (this.state.get() != State.OPENING) {
			channel.close();
		}
	}

	/**
	 * Sets the longest silence of the server in the exchanges that begin from now on.
	 * @param timeout the time, or {@code null} for that of the connection
	 */
	void responseTimeout(@Nullable Duration timeout) {
		this.ownTimeout = timeout;
	}

	Duration responseTimeout() {
		Duration timeout = this.ownTimeout;
		return (timeout != null) ? timeout : this.responseTimeout;
	}

	void opened(Channel channel) {
		if (this.state.compareAndSet(State.OPENING, State.OPEN)) {
			channel.closeFuture().addListener((closed) -> retired());
		}
		else {
			channel.close();
		}
	}

	void onActivity(Runnable listener) {
		this.activityListener = listener;
	}

	/**
	 * Reports that a part of an answer arrived.
	 */
	void active() {
		this.activityListener.run();
	}

	boolean isOpen() {
		Channel channel = this.channel;
		return this.state.get() == State.OPEN && channel != null && channel.isActive();
	}

	/**
	 * Returns whether an exchange may begin, which opens the socket when it is the first.
	 * @return {@code false} once the socket was closed
	 */
	boolean isUsable() {
		return this.state.get() == State.OPENING || isOpen();
	}

	/**
	 * Notes that an exchange begins, of which nothing was written yet.
	 */
	void exchangeBegins() {
		this.requestBegun = false;
	}

	@Override
	public void requestBegins() {
		this.requestBegun = true;
	}

	/**
	 * Returns whether the present exchange has failed because the socket was closed
	 * before anything of its request was written.
	 */
	boolean wasClosedBeforeRequest() {
		return !this.requestBegun && wasOpened() && !isOpen();
	}

	@Override
	public void retired() {
		retire();
		if (!this.endReported) {
			this.endReported = true;
			this.listener.ended();
		}
	}

	@Override
	public void unexpectedData(int bytes, int status) {
		retire();
		if (!this.endReported) {
			this.endReported = true;
			this.listener.unexpectedData(bytes, status);
		}
	}

	boolean wasOpened() {
		return this.state.get() != State.OPENING;
	}

	/**
	 * Lets no further exchange begin; the present one may end.
	 */
	void retire() {
		this.state.set(State.CLOSED);
	}

	/**
	 * Closes the socket, whatever is under way on it.
	 * @return completed when it is closed, or when that took too long
	 */
	CompletionStage<Void> close() {
		retire();
		Channel channel = this.channel;
		if (channel == null) {
			return CompletableFuture.completedStage(null);
		}
		CompletableFuture<Void> done = new CompletableFuture<>();
		channel.close().addListener((closed) -> done.complete(null));
		return done.isDone() ? done : done.completeOnTimeout(null, CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
	}

	/**
	 * Closes the socket without waiting for it.
	 */
	void abort() {
		retire();
		Channel channel = this.channel;
		if (channel != null) {
			channel.close();
		}
	}

	/**
	 * Runs a task on the event loop of the channel, after what is under way there.
	 */
	void execute(Runnable task) {
		Channel channel = this.channel;
		if (channel != null) {
			channel.eventLoop().execute(task);
		}
	}

	Optional<InetSocketAddress> localAddress() {
		Channel channel = this.channel;
		return (channel != null && channel.localAddress() instanceof InetSocketAddress address) ? Optional.of(address)
				: Optional.empty();
	}

}
