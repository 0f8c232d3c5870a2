package dev.dbpool.transport;

import java.net.URI;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One request and its answer, from the demand for it until the end of the body.
 * <p>
 * States: {@code NEW → QUEUED → CONNECTING → SENDING → ANSWERED → READING → ENDED}, each
 * step a compare-and-set, so that of two concurrent ones exactly one takes effect. Any
 * state but {@code ANSWERED} can go straight to {@code ENDED}: an answer whose body is
 * not read stays in flight. Before {@code SENDING} nothing can have been written, and in
 * {@code SENDING} the {@link Socket} knows whether anything was.
 * <p>
 * An exchange that ends early, by error or cancel, closes the socket before it leaves the
 * queue: who finds the queue empty sees whether the connection is of any more use.
 */
final class Exchange
		implements CoreSubscriber<ClientHttpResponse>, Subscription, Function<ClientHttpRequest, Mono<Void>> {

	private static final int NEW = 0;

	private static final int QUEUED = 1;

	private static final int CONNECTING = 2;

	private static final int SENDING = 3;

	private static final int ANSWERED = 4;

	private static final int READING = 5;

	private static final int ENDED = 6;

	private static final AtomicIntegerFieldUpdater<Exchange> STATE = AtomicIntegerFieldUpdater
		.newUpdater(Exchange.class, "state");

	private static final AtomicReferenceFieldUpdater<Exchange, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
		.newUpdater(Exchange.class, Subscription.class, "upstream");

	private final ExchangeQueue queue;

	private final ClientHttpConnector delegate;

	private final HttpMethod method;

	private final URI uri;

	private final Function<? super ClientHttpRequest, Mono<Void>> requestCallback;

	private final CoreSubscriber<? super ClientHttpResponse> actual;

	private final @Nullable ConnectionHolder holder;

	private volatile int state = NEW;

	private volatile @Nullable Subscription upstream;

	private @Nullable ClientHttpResponse response;

	private volatile ExchangeBody.@Nullable Reader reader;

	private volatile boolean connectionClosed;

	/** Set before the state becomes ENDED, and read after that was seen. */
	private boolean readToTheEnd;

	Exchange(ExchangeQueue queue, ClientHttpConnector delegate, HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback,
			CoreSubscriber<? super ClientHttpResponse> actual) {
		this.queue = queue;
		this.delegate = delegate;
		this.method = method;
		this.uri = uri;
		this.requestCallback = requestCallback;
		this.actual = actual;
		this.holder = queue.holder();
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n) && move(NEW, QUEUED)) {
			this.queue.submit(this);
		}
	}

	/**
	 * Called by the queue when it is this exchange's turn, or when its turn never comes
	 * because the socket was closed.
	 */
	void start() {
		if (!move(QUEUED, CONNECTING)) {
			return;
		}
		if (!socket().isUsable()) {
			if (move(CONNECTING, ENDED)) {
				fail(closedBeforeSending(null));
			}
			return;
		}
		try {
			this.delegate.connect(this.method, this.uri, this).subscribe(this);
		}
		catch (Throwable ex) {
			failed(ex);
		}
	}

	private void failed(Throwable thrown) {
		if (move(CONNECTING, ENDED) || move(SENDING, ENDED)) {
			socket().abort();
			fail(thrown);
		}
	}

	/**
	 * Writes the request. Whatever that throws, errors of the JVM included, fails the
	 * exchange: the event loop would only log it.
	 */
	@Override
	public Mono<Void> apply(ClientHttpRequest request) {
		socket().exchangeBegins();
		if (!move(CONNECTING, SENDING)) {
			return Mono.error(new CancellationException("The exchange was cancelled"));
		}
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> writer) {
				try {
					Exchange.this.requestCallback.apply(request).subscribe(writer);
				}
				catch (Throwable ex) {
					failed(ex);
				}
			}

		};
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (Operators.setOnce(UPSTREAM, this, subscription)) {
			subscription.request(Long.MAX_VALUE);
		}
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		this.response = response;
		if (!move(SENDING, ANSWERED)) {
			return;
		}
		try {
			this.actual.onNext(new ExchangeResponse(response, this));
		}
		catch (Throwable ex) {
			subscriberFailed(ex, this.actual);
			return;
		}
		signal(this.actual::onComplete);
	}

	/**
	 * Passes an error on. After a cancel it is a consequence of that, and of no interest.
	 */
	@Override
	public void onError(Throwable ex) {
		boolean opened = socket().wasOpened();
		if (move(CONNECTING, ENDED)) {
			socket().abort();
			fail(opened ? closedBeforeSending(ex) : ex);
		}
		else if (move(SENDING, ENDED)) {
			boolean unsent = socket().wasClosedBeforeRequest();
			socket().abort();
			fail(unsent ? closedBeforeSending(ex) : ex);
		}
	}

	@Override
	public void onComplete() {
		if (move(CONNECTING, ENDED) || move(SENDING, ENDED)) {
			this.queue.ended(this);
			signal(this.actual::onComplete);
		}
	}

	@Override
	public void cancel() {
		if (move(NEW, ENDED)) {
			return;
		}
		if (move(QUEUED, ENDED)) {
			this.queue.ended(this);
		}
		else if (move(CONNECTING, ENDED) || move(SENDING, ENDED)) {
			socket().abort();
			Operators.terminate(UPSTREAM, this);
			this.queue.ended(this);
		}
		else if (move(ANSWERED, READING)) {
			drain();
		}
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

	/**
	 * Claims the body for one reader.
	 * @return {@code false} if another reader has it
	 */
	boolean beginReading(ExchangeBody.Reader reader) {
		if (!move(ANSWERED, READING)) {
			return false;
		}
		this.reader = reader;
		if (this.connectionClosed) {
			reader.connectionClosed();
		}
		return true;
	}

	/**
	 * Notifies the reader of the body that this side closes the connection. A reader that
	 * asks for nothing would not learn it from the socket. Without a reader, what has
	 * arrived of the body is released.
	 */
	void connectionClosed() {
		this.connectionClosed = true;
		ExchangeBody.Reader reader = this.reader;
		if (reader != null) {
			reader.connectionClosed();
		}
		else {
			executeInTurn(this::releaseUnread);
		}
	}

	boolean isConnectionClosed() {
		return this.connectionClosed;
	}

	private void releaseUnread() {
		if (move(ANSWERED, READING)) {
			drain();
			bodyAborted();
		}
	}

	void executeInTurn(Runnable task) {
		socket().execute(task);
	}

	/**
	 * Returns whether nothing of the body is left.
	 */
	boolean isReadToTheEnd() {
		return this.state == ENDED && this.readToTheEnd;
	}

	/**
	 * Ends the exchange when the last of the body was read.
	 */
	void bodyCompleted() {
		this.readToTheEnd = true;
		if (move(READING, ENDED)) {
			this.queue.ended(this);
		}
	}

	/**
	 * Ends the exchange, and the connection with it, when the rest of the body is not
	 * wanted or will not come.
	 */
	void bodyAborted() {
		if (move(READING, ENDED)) {
			socket().abort();
			this.queue.ended(this);
		}
	}

	private void drain() {
		ClientHttpResponse response = this.response;
		if (response != null) {
			response.getBody().subscribe(new ExchangeBody.Drain(this));
		}
	}

	private void fail(Throwable ex) {
		this.queue.ended(this);
		signal(() -> this.actual.onError(ex));
	}

	/**
	 * Ends the exchange with what a subscriber has thrown, and releases what has arrived
	 * of an answer that is not being read. The answer may have been read to its end by
	 * then, and the connection be in use for another exchange.
	 */
	void subscriberFailed(Throwable thrown, CoreSubscriber<?> subscriber) {
		releaseUnread();
		bodyAborted();
		if (this.holder != null) {
			this.holder.subscriberFailed(thrown);
		}
		else {
			subscriber.onError(thrown);
		}
	}

	/**
	 * Gives a terminal signal. If the subscriber throws, there is none left to give but
	 * that to the holder.
	 */
	void signal(Runnable terminal) {
		try {
			terminal.run();
		}
		catch (Throwable ex) {
			if (this.holder == null) {
				throw ex;
			}
			this.holder.subscriberFailed(ex);
		}
	}

	private ConnectionClosedException closedBeforeSending(@Nullable Throwable cause) {
		return new ConnectionClosedException("The connection was closed before the request was sent. "
				+ "Nothing of it reached the server: it can be repeated on another connection", cause);
	}

	private Socket socket() {
		return this.queue.socket();
	}

	private boolean move(int from, int to) {
		return STATE.compareAndSet(this, from, to);
	}

}
