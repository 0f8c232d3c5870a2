package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import dev.dbpool.pool.Connector.ConnectionEvents;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 connection, on which several {@link HttpConnection}s have their places.
 * <p>
 * It is <em>open</em> from the first settings of the server on, and gives out places up
 * to the limit of the server or {@link #MAX_PLACES}. It is <em>draining</em> once it
 * gives out no more: the server has announced its end (GOAWAY) or asked for HTTP/1.1, or
 * the connection is too old. After a GOAWAY its places end with the exchanges on them,
 * otherwise with their leases. It is <em>closed</em> with its last place, or by the
 * server, or when the server leaves a PING unanswered. Places are given out and released
 * on any thread, under the lock of this object, which is never held while foreign code
 * runs; all else runs on the event loop.
 * <p>
 * While streams are open and nothing arrives, it sends a PING from time to time, so that
 * a lost peer is distinguished from a statement that takes long.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter implements OpenedChannel {

	/**
	 * Bounds what the loss of one socket costs, and how many exchanges share one event
	 * loop.
	 */
	static final int MAX_PLACES = 32;

	/**
	 * Room for an answer whose reader is slow. The window of the connection has room for
	 * that of each place, so a slow reader never stops another one.
	 */
	private static final int STREAM_WINDOW = 256 * 1024;

	/**
	 * The codec ends the socket with a head that is much longer than its limit, so its
	 * limit is this one, which the server is sent as well, and each stream enforces the
	 * one that is configured.
	 */
	private static final int READABLE_HEAD = 1024 * 1024;

	private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final Http2StreamFrameToHttpObjectCodec MESSAGES = new Http2StreamFrameToHttpObjectCodec(false);

	private static final Logger logger = LoggerFactory.getLogger(HttpConnector.class);

	private final Channel channel;

	private final HttpConnection.Shared shared;

	private final HttpHeaders defaultHeaders;

	private final Options options;

	private final Http2FrameCodec codec;

	private final CompletableFuture<Http2Connection> opening = new CompletableFuture<>();

	/** Guarded by this. */
	private final Set<HttpConnection> places = new LinkedHashSet<>();

	/** Guarded by this. */
	private int limit;

	/** Guarded by this. */
	private boolean settled;

	/** Guarded by this. */
	private boolean draining;

	/** Guarded by this. */
	private @Nullable CompletableFuture<Void> check;

	private volatile long receivedAt;

	private volatile boolean endedInGoodOrder;

	private int reads;

	private @Nullable ChannelHandlerContext context;

	private @Nullable Http2StreamChannelBootstrap streams;

	private @Nullable Future<?> expiry;

	private @Nullable Future<?> watch;

	private long pingSentAt;

	private boolean pinging;

	private @Nullable Throwable failure;

	/**
	 * Creates the connection of a channel on which HTTP/2 was negotiated.
	 * @param channel the channel
	 * @param shared what all connections of the connector share
	 * @param defaultHeaders sent with each request that has no such headers of its own
	 * @param options what is configured
	 */
	Http2Connection(Channel channel, HttpConnection.Shared shared, HttpHeaders defaultHeaders, Options options) {
		this.channel = channel;
		this.shared = shared;
		this.defaultHeaders = defaultHeaders;
		this.options = options;
		this.codec = Http2FrameCodecBuilder.forClient()
			.initialSettings(Http2Settings.defaultSettings()
				.pushEnabled(false)
				.initialWindowSize(STREAM_WINDOW)
				.maxHeaderListSize(Math.max(READABLE_HEAD, options.maxHeaderSize())))
			.decoupleCloseAndGoAway(true)
			.build();
		this.codec.connection().addListener(new GoAwayListener());
	}

	/**
	 * Begins to speak HTTP/2. Called on the event loop.
	 * @param before the handler before which those of HTTP/2 are put
	 * @return completed on the event loop with this connection once the server has sent
	 * its settings
	 */
	CompletionStage<Http2Connection> begin(String before) {
		ChannelPipeline pipeline = this.channel.pipeline();
		pipeline.addBefore(before, "dbpool.http2", this.codec);
		pipeline.addBefore(before, "dbpool.streams", new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
		pipeline.addBefore(before, "dbpool.connection", this);
		try {
			this.codec.connection()
				.local()
				.flowController()
				.incrementWindowSize(this.codec.connection().connectionStream(),
						MAX_PLACES * STREAM_WINDOW - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
		}
		catch (Http2Exception ex) {
			throw new IllegalStateException(ex);
		}
		this.channel.flush();
		return this.opening;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
		this.streams = new Http2StreamChannelBootstrap(this.channel);
		this.receivedAt = now();
	}

	Channel channel() {
		return this.channel;
	}

	EventLoop loop() {
		return this.channel.eventLoop();
	}

	ChannelHandlerContext context() {
		return Objects.requireNonNull(this.context, "not in a pipeline");
	}

	/**
	 * Gives out a place.
	 * @param events notified when it is lost
	 * @return the place, or empty if there is none
	 */
	Optional<HttpConnection> place(ConnectionEvents events) {
		synchronized (this) {
			if (this.draining || this.places.size() >= this.limit || !this.channel.isActive()) {
				return Optional.empty();
			}
			HttpConnection place = new HttpConnection(events, this.shared, this.defaultHeaders, this);
			this.places.add(place);
			return Optional.of(place);
		}
	}

	/**
	 * Takes a place back, and closes the connection if it was the last one.
	 * @return completed when the place is free, or the connection closed
	 */
	CompletionStage<Void> release(HttpConnection place) {
		synchronized (this) {
			this.places.remove(place);
			if (!this.places.isEmpty()) {
				return CompletableFuture.completedStage(null);
			}
			this.draining = true;
		}
		return close();
	}

	/**
	 * Closes the connection if none of its places was given out.
	 */
	void closeIfUnused() {
		boolean unused;
		synchronized (this) {
			unused = this.places.isEmpty();
			this.draining |= unused;
		}
		if (unused) {
			close();
		}
	}

	private CompletionStage<Void> close() {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		this.channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
		this.channel.close().addListener((done) -> closed.complete(null));
		return closed;
	}

	synchronized boolean isOpen() {
		return !this.draining && this.channel.isActive();
	}

	private List<HttpConnection> drain() {
		synchronized (this) {
			this.draining = true;
			return List.copyOf(this.places);
		}
	}

	/**
	 * Gives out no more places, and has those that there are replaced. The leased ones
	 * take requests until their leases end.
	 */
	void expire() {
		drain().forEach(HttpConnection::outdated);
	}

	/**
	 * Notes that the server asks for HTTP/1.1 instead.
	 */
	void unwanted() {
		this.options.unwanted().run();
		expire();
	}

	/**
	 * Returns whether no stream is open.
	 */
	boolean isQuiet() {
		return this.codec.connection().numActiveStreams() == 0;
	}

	/**
	 * Returns whether the server permits a further stream.
	 */
	boolean hasRoom() {
		return this.codec.connection().local().canOpenStream();
	}

	/**
	 * Opens a stream, which begins with what is written to it.
	 * @param handler the last handler of the stream
	 * @return the context of the handler
	 * @throws IOException if there can be none
	 */
	ChannelHandlerContext openStream(ChannelInboundHandlerAdapter handler) throws IOException {
		Future<Http2StreamChannel> opened = Objects.requireNonNull(this.streams, "not in a pipeline").open();
		if (!opened.isSuccess()) {
			opened.addListener((Future<Http2StreamChannel> late) -> {
				if (late.isSuccess()) {
					late.getNow().close();
				}
			});
			throw new IOException("No stream can be opened", opened.cause());
		}
		ChannelPipeline pipeline = opened.getNow().pipeline();
		pipeline.addLast(MESSAGES, new Http2Answers(this.options.maxHeaderSize()));
		if (this.options.decompresses()) {
			pipeline.addLast(new HttpContentDecompressor(0));
		}
		pipeline.addLast(handler);
		watch();
		return pipeline.context(handler);
	}

	/**
	 * Checks the connection once for all of its places that ask for that at a time.
	 * @param probe makes an exchange, unless something has arrived lately
	 */
	CompletionStage<Void> check(Supplier<CompletionStage<Void>> probe) {
		CompletableFuture<Void> mine = new CompletableFuture<>();
		synchronized (this) {
			CompletableFuture<Void> present = this.check;
			if (present != null && !present.isDone()) {
				return present.copy();
			}
			this.check = mine;
		}
		try {
			probe.get().whenComplete((done, thrown) -> end(mine, thrown));
		}
		catch (RuntimeException ex) {
			end(mine, ex);
		}
		return mine.copy();
	}

	private static void end(CompletableFuture<Void> check, @Nullable Throwable failure) {
		if (failure != null) {
			check.completeExceptionally(failure);
		}
		else {
			check.complete(null);
		}
	}

	/**
	 * Returns whether something has arrived within the last second.
	 */
	boolean isFresh() {
		return this.channel.isActive() && now() - this.receivedAt < FRESH_NANOS;
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		try {
			if (msg instanceof Http2SettingsFrame settings) {
				limit(settings.settings().maxConcurrentStreams());
			}
		}
		finally {
			ReferenceCountUtil.release(msg);
		}
	}

	/**
	 * Takes over a limit, and has places replaced that are too many, those first that
	 * have the least to do.
	 */
	private void limit(@Nullable Long maxStreams) {
		List<HttpConnection> excess;
		synchronized (this) {
			if (maxStreams != null || !this.settled) {
				this.limit = (maxStreams != null) ? (int) Math.min(maxStreams, MAX_PLACES) : MAX_PLACES;
			}
			this.settled = true;
			List<HttpConnection> staying = new ArrayList<>(this.places);
			staying.removeIf((place) -> !place.isOpen() || place.isOutdated());
			Map<HttpConnection, Integer> inFlight = new IdentityHashMap<>();
			staying.forEach((place) -> inFlight.put(place, place.exchangesInFlight()));
			staying.sort(Comparator.comparing(inFlight::get));
			excess = staying.subList(0, Math.max(0, staying.size() - this.limit));
		}
		excess.forEach(HttpConnection::outdated);
		if (this.opening.complete(this) && !this.options.lifetime().isZero()) {
			this.expiry = loop().schedule(this::expire, this.options.lifetime().toNanos(), TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Has all places replaced before the exchanges fail that the server has not
	 * processed, so that none of these moves to a place of this connection.
	 */
	private void goingAway(int lastStream, long error) {
		this.endedInGoodOrder = lastStream > 0 && error == Http2Error.NO_ERROR.code();
		List<HttpConnection> leaving = drain();
		if (error == Http2Error.NO_ERROR.code()) {
			leaving.forEach(HttpConnection::expired);
		}
		else {
			logger.warn("{} ends an HTTP/2 connection: {}", this.shared.origin(), Http2Answers.error(error));
			leaving.forEach(HttpConnection::retired);
		}
		leaving.forEach((place) -> place.goingAway(lastStream));
	}

	/**
	 * Returns whether the server has announced the end without an error, after it had
	 * processed requests, as gateways do after some number of them.
	 */
	boolean hasEndedInGoodOrder() {
		return this.endedInGoodOrder;
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		this.receivedAt = now();
		this.reads++;
		this.pinging = false;
	}

	/**
	 * Returns how often something was read. Called on the event loop.
	 */
	int reads() {
		return this.reads;
	}

	/**
	 * Sends a PING while streams are open and nothing arrives, and closes the connection
	 * if that is not answered.
	 */
	private void watch() {
		if (this.watch == null) {
			watchAfter(this.options.pingAfter().toNanos());
		}
	}

	private void watchAfter(long nanos) {
		this.watch = loop().schedule(this::look, Math.max(nanos, 1), TimeUnit.NANOSECONDS);
	}

	private void look() {
		this.watch = null;
		long silence = now() - this.receivedAt;
		long pingAfter = this.options.pingAfter().toNanos();
		long patience = this.options.pingTimeout().toNanos();
		if (!this.channel.isActive() || (!this.pinging && isQuiet())) {
			return;
		}
		if (this.pinging) {
			long waited = now() - this.pingSentAt;
			if (waited >= patience) {
				ResponseGuard.afterPoll(loop(), this::loseUnlessAnswered);
				return;
			}
			watchAfter(patience - waited);
		}
		else if (silence >= pingAfter) {
			this.pinging = true;
			this.pingSentAt = now();
			this.channel.writeAndFlush(new DefaultHttp2PingFrame(this.pingSentAt));
			watchAfter(patience);
		}
		else {
			watchAfter(pingAfter - silence);
		}
	}

	/**
	 * Gives the connection up after the event loop has looked at the socket once more: if
	 * the loop was busy for long, the answer may have arrived.
	 */
	private void loseUnlessAnswered() {
		if (!this.pinging) {
			watch();
		}
		else if (this.channel.isActive()) {
			lost(new SocketTimeoutException(
					"The server did not answer an HTTP/2 PING for " + this.options.pingTimeout().toMillis() + " ms"));
		}
	}

	/**
	 * Returns whether the answer to a PING is still to come. Called on the event loop.
	 */
	boolean isPinging() {
		return this.pinging;
	}

	private void lost(Throwable cause) {
		if (this.failure == null) {
			this.failure = cause;
		}
		this.channel.close();
	}

	/**
	 * Returns why streams end early.
	 */
	Throwable lossCause() {
		Throwable known = this.failure;
		return (known != null) ? known : new EOFException(
				this.channel.isActive() ? "The server ended the stream early" : "The server closed the connection");
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		lost(Http2Answers.describe(cause));
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		if (this.expiry != null) {
			this.expiry.cancel(false);
		}
		if (this.watch != null) {
			this.watch.cancel(false);
		}
		drain().forEach(HttpConnection::retired);
		this.opening.completeExceptionally(lossCause());
		ctx.fireChannelInactive();
	}

	private long now() {
		return this.shared.server().now();
	}

	@Override
	public String toString() {
		return "Http2Connection[%s, %s]".formatted(this.shared.origin(), this.channel);
	}

	/**
	 * Called before the codec ends the streams that the server has not processed.
	 */
	private final class GoAwayListener extends Http2ConnectionAdapter {

		@Override
		public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
			goingAway(lastStreamId, errorCode);
		}

	}

	/**
	 * What is configured for HTTP/2 connections.
	 *
	 * @param maxHeaderSize the longest head of an answer; a longer one fails its exchange
	 * @param decompresses whether bodies are decompressed
	 * @param lifetime after which time a connection is replaced, zero for never
	 * @param pingAfter after which time of silence a PING is sent
	 * @param pingTimeout how long the answer to it may take
	 * @param unwanted called if the server asks for HTTP/1.1 instead
	 */
	record Options(int maxHeaderSize, boolean decompresses, Duration lifetime, Duration pingAfter, Duration pingTimeout,
			Runnable unwanted) {

	}

}
