package dev.dbpool.transport;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One request and its answer on one connection. It is sent after {@link #begin()}, once
 * it is its turn.
 * <p>
 * States: {@code NEW → WAITING → SENDING → ANSWERED → ENDED}, and from each of them to
 * {@code ENDED}, by compare-and-set: of an end and a concurrent cancel exactly one takes
 * effect. The event loop of the connection makes all steps except for a cancel, which may
 * come from any thread. In {@code WAITING} nothing was sent; in {@code SENDING} it is
 * known whether the first byte was written.
 * <p>
 * An exchange that ends before its answer was read closes the connection, unless it was
 * still waiting, before it is counted as ended: if there is no exchange in flight, it is
 * known whether the connection can be used again. With HTTP/2 its stream ends with it,
 * and the connection if it was given up on this side.
 */
public final class HttpExchange {

	private static final int NEW = 0;

	private static final int WAITING = 1;

	private static final int SENDING = 2;

	private static final int ANSWERED = 3;

	/** Given up, while its answer is still to come. */
	private static final int DRAINING = 4;

	private static final int ENDED = 5;

	/** Dropping more of an answer costs more than a new connection. */
	private static final int MAX_DRAINED_BYTES = 256 * 1024;

	private static final AtomicIntegerFieldUpdater<HttpExchange> STATE = AtomicIntegerFieldUpdater
		.newUpdater(HttpExchange.class, "state");

	private static final AtomicLongFieldUpdater<HttpExchange> DEMAND = AtomicLongFieldUpdater
		.newUpdater(HttpExchange.class, "demand");

	private final HttpConnection connection;

	private final RequestSender request;

	private final ResponseListener listener;

	private final @Nullable ConnectionHolder holder;

	private volatile int state = NEW;

	private volatile long demand;

	/**
	 * Whether the first byte of the request was written. Used by the event loop alone.
	 */
	private boolean begun;

	/** Whether the last part of the request is on its way. */
	private volatile boolean sent;

	/** Whether the answer makes the rest of the request useless. */
	private volatile boolean restUseless;

	/** How much of the answer was dropped. Used by the event loop alone. */
	private int drainedBytes;

	/** Parts that were not requested yet. Used by the event loop alone. */
	private @Nullable Queue<ByteBuf> unread;

	/** Whether the end of the answer has arrived. Used by the event loop alone. */
	private boolean received;

	/** Whether the listener has a part just now. Used by the event loop alone. */
	private boolean delivering;

	HttpExchange(HttpConnection connection, RequestSender request, ResponseListener listener) {
		this.connection = connection;
		this.request = request;
		this.listener = listener;
		this.holder = connection.holder();
	}

	/**
	 * Begins the exchange, or lets it wait for those that have begun before. Does nothing
	 * if it has begun before, or was cancelled. Safe for use from any thread.
	 */
	public void begin() {
		this.connection.submit(this);
	}

	/**
	 * Requests further parts of the body, at most so many. Safe for use from any thread.
	 * @param parts how many, {@code Long.MAX_VALUE} for all
	 */
	public void request(long parts) {
		if (Operators.addCap(DEMAND, this, parts) == 0 && this.state == ANSWERED) {
			this.connection.executeNow(this::readOn);
		}
	}

	/**
	 * Gives the exchange up. One that was waiting for its turn is not sent. One whose
	 * request was sent and whose answer has not begun stays in flight until its answer
	 * has arrived, which is dropped: the server is at work on it, whatever becomes of the
	 * connection. Otherwise the connection is closed: {@link HttpConnection#isOpen()} is
	 * {@code false} when this returns. Does nothing after the end. Safe for use from any
	 * thread.
	 */
	public void cancel() {
		if (move(NEW, ENDED)) {
			return;
		}
		if (move(WAITING, ENDED)) {
			this.connection.exchangeEnded();
		}
		else if (this.sent && move(SENDING, DRAINING)) {
			return;
		}
		else if (move(SENDING, ENDED) || move(ANSWERED, ENDED)) {
			this.connection.abort(this);
			this.connection.exchangeEnded();
			this.connection.execute(this::releaseUnread);
		}
	}

	/**
	 * Reports what a subscriber has thrown after the end of the exchange, to the holder
	 * that the connection had when it began.
	 * @param thrown an exception, or an error of the JVM
	 */
	public void subscriberFailed(Throwable thrown) {
		if (this.holder == null || !this.holder.subscriberFailed(thrown)) {
			Operators.onErrorDropped(thrown, Context.empty());
		}
	}

	/**
	 * Gives the exchange up while the server still works on it. It stays in flight until
	 * its answer has arrived.
	 * @return {@code false} if the request was not sent completely, or its answer has
	 * begun
	 */
	boolean abandon() {
		return this.sent && move(SENDING, DRAINING);
	}

	/**
	 * Notifies the listener of an exchange that was given up.
	 */
	void abandoned(Throwable cause) {
		notifyError(cause);
	}

	/**
	 * Notes that the exchange is in flight.
	 * @return {@code false} if it was cancelled before, or begun already
	 */
	boolean submitted() {
		return move(NEW, WAITING);
	}

	/**
	 * Sends the request. Whatever that throws, errors of the JVM included, fails the
	 * exchange: the event loop would only log it.
	 * @return {@code false} if the exchange was cancelled before
	 */
	boolean send() {
		if (!move(WAITING, SENDING)) {
			return false;
		}
		try {
			this.request.send(this, this.connection.handler());
		}
		catch (Throwable ex) {
			requestFailed(ex);
		}
		return true;
	}

	/**
	 * Fails the exchange since its request cannot be sent, unless its answer makes the
	 * rest of it useless. Safe for use from any thread.
	 */
	void requestFailed(Throwable failure) {
		if (move(SENDING, ENDED) || (!this.restUseless && move(ANSWERED, ENDED))) {
			this.connection.abort(this);
			this.connection.exchangeEnded();
			this.connection.execute(() -> notifyError(failure));
		}
	}

	/**
	 * Notes that the last part of the request is on its way.
	 */
	void requestSent() {
		this.sent = true;
	}

	/**
	 * Returns whether further parts of the request are to be sent. After the head of an
	 * answer they are, unless it is that of an error, with which the server refuses the
	 * rest (RFC 9112, section 9.5).
	 */
	boolean takesRequest() {
		int present = this.state;
		return present == SENDING || (present == ANSWERED && !this.restUseless);
	}

	/**
	 * Returns whether the server has answered so that it does not need all of the
	 * request.
	 */
	boolean isRefused() {
		return this.restUseless;
	}

	void requestBegins() {
		this.begun = true;
	}

	/**
	 * Returns whether the end of the answer has arrived, read or not.
	 */
	boolean isReceived() {
		return this.received;
	}

	/**
	 * Returns whether the server has to send the next part, rather than the listener to
	 * request it.
	 */
	boolean awaitsServer() {
		int present = this.state;
		return !this.received
				&& (present == SENDING || present == DRAINING || (this.demand > 0 && this.unread == null));
	}

	void head(HttpResponse head) {
		if (head.status().code() >= HttpResponseStatus.BAD_REQUEST.code()) {
			this.restUseless = true;
		}
		if (move(SENDING, ANSWERED)) {
			HttpHeaders headers = head.headers();
			try {
				this.listener.onHead(head.status().code(), headers);
			}
			catch (Throwable ex) {
				listenerFailed(ex);
			}
		}
	}

	/**
	 * Takes a part of the body, and releases it.
	 */
	void content(ByteBuf content) {
		if (this.state == DRAINING) {
			drain(content);
		}
		else if (this.state != ANSWERED || !content.isReadable()) {
			content.release();
		}
		else if (this.unread == null && this.demand > 0) {
			deliver(content);
		}
		else {
			if (this.unread == null) {
				this.unread = new ArrayDeque<>();
				this.connection.handler().pauseReading();
			}
			this.unread.add(content);
		}
	}

	private void drain(ByteBuf content) {
		this.drainedBytes += content.readableBytes();
		content.release();
		if (this.drainedBytes > MAX_DRAINED_BYTES && move(DRAINING, ENDED)) {
			this.connection.abort(this);
			this.connection.exchangeEnded();
		}
	}

	/**
	 * Takes the end of the answer.
	 */
	void end() {
		this.received = true;
		this.restUseless = true;
		if (move(DRAINING, ENDED)) {
			this.connection.handler().ended();
		}
		else if (this.unread == null) {
			complete();
		}
	}

	private void readOn() {
		if (this.delivering) {
			return;
		}
		Queue<ByteBuf> parts = this.unread;
		while (parts != null && !parts.isEmpty() && this.demand > 0 && this.state == ANSWERED) {
			deliver(parts.remove());
		}
		if (this.state != ANSWERED || (parts != null && !parts.isEmpty())) {
			return;
		}
		this.unread = null;
		if (this.received) {
			complete();
		}
		else if (this.demand > 0) {
			this.connection.handler().resumeReading();
		}
	}

	private void deliver(ByteBuf content) {
		if (this.demand != Long.MAX_VALUE) {
			Operators.produced(DEMAND, this, 1);
		}
		this.delivering = true;
		try {
			this.listener.onContent(content);
		}
		catch (Throwable ex) {
			listenerFailed(ex);
		}
		finally {
			this.delivering = false;
			content.release();
		}
	}

	private void complete() {
		if (!move(ANSWERED, ENDED)) {
			return;
		}
		this.connection.handler().ended();
		try {
			this.listener.onComplete();
		}
		catch (Throwable ex) {
			subscriberFailed(ex);
		}
	}

	/**
	 * Ends the exchange with its connection, which is closed.
	 * @param cause what has closed it
	 */
	void connectionLost(Throwable cause) {
		boolean unsent = !this.begun;
		if (move(DRAINING, ENDED)) {
			this.connection.exchangeEnded();
		}
		else if (move(WAITING, ENDED) || move(SENDING, ENDED)) {
			fail(unsent ? ConnectionClosedException.beforeSending(cause, this.connection.hasEndedInGoodOrder())
					: cause);
		}
		else if (!this.received && move(ANSWERED, ENDED)) {
			fail(cause);
		}
	}

	/**
	 * Ends the exchange when this side closes the connection, even if the answer has
	 * arrived and its reader requests nothing of it.
	 */
	void connectionClosed(Throwable cause) {
		this.received = false;
		connectionLost(cause);
	}

	/**
	 * Ends the exchange, whose request the server surely has not processed and never
	 * will.
	 */
	void unprocessed(Throwable cause) {
		if (move(DRAINING, ENDED)) {
			this.connection.exchangeEnded();
		}
		else if (move(WAITING, ENDED) || move(SENDING, ENDED)) {
			fail(ConnectionClosedException.unprocessed(cause, this.connection.hasEndedInGoodOrder()));
		}
		else if (move(ANSWERED, ENDED)) {
			fail(cause);
		}
	}

	private void fail(Throwable failure) {
		this.connection.exchangeEnded();
		notifyError(failure);
	}

	private void notifyError(Throwable failure) {
		releaseUnread();
		try {
			this.listener.onError(failure);
		}
		catch (Throwable ex) {
			subscriberFailed(ex);
		}
	}

	/**
	 * Ends the exchange with what its listener has thrown.
	 */
	private void listenerFailed(Throwable thrown) {
		if (move(ANSWERED, ENDED)) {
			this.connection.abort(this);
			this.connection.exchangeEnded();
		}
		releaseUnread();
		if (this.holder == null || !this.holder.subscriberFailed(thrown)) {
			this.listener.onError(thrown);
		}
	}

	private void releaseUnread() {
		Queue<ByteBuf> parts = this.unread;
		if (parts != null) {
			this.unread = null;
			parts.forEach(ByteBuf::release);
		}
	}

	private boolean move(int from, int to) {
		return STATE.compareAndSet(this, from, to);
	}

}
