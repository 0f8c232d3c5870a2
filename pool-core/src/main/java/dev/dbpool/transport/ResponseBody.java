package dev.dbpool.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

/**
 * The body of an answer for one reader. All of its state is used by the event loop alone,
 * on which the reader receives all signals.
 */
final class ResponseBody extends Flux<DataBuffer> implements Subscription {

	private final HttpConnection connection;

	private final HttpExchange exchange;

	private final Disposable writing;

	private final NettyDataBufferFactory buffers;

	private @Nullable CoreSubscriber<? super DataBuffer> reader;

	/** Whether the body has a reader, or is being dropped. */
	private boolean claimed;

	private boolean ended;

	private @Nullable Throwable failure;

	/**
	 * Creates a body.
	 * @param writing the writing of the request, which ends if the body is cancelled
	 */
	ResponseBody(HttpConnection connection, HttpExchange exchange, Disposable writing) {
		this.connection = connection;
		this.exchange = exchange;
		this.writing = writing;
		this.buffers = new NettyDataBufferFactory(connection.handler().allocator());
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		this.connection.executeNow(() -> begin(actual));
	}

	private void begin(CoreSubscriber<? super DataBuffer> actual) {
		if (this.failure != null) {
			Operators.error(actual, this.failure);
		}
		else if (this.ended) {
			Operators.complete(actual);
		}
		else if (this.claimed) {
			Operators.error(actual, new IllegalStateException("The body of an answer can be read only once"));
		}
		else {
			this.claimed = true;
			this.reader = actual;
			actual.onSubscribe(this);
		}
	}

	/**
	 * Reads and drops the body, to save the connection, unless it has a reader.
	 */
	void drop() {
		this.connection.executeNow(() -> {
			if (!this.claimed) {
				this.claimed = true;
				this.exchange.request(Long.MAX_VALUE);
			}
		});
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			this.exchange.request(n);
		}
	}

	@Override
	public void cancel() {
		this.exchange.cancel();
		this.writing.dispose();
	}

	void content(ByteBuf content) {
		if (this.reader != null) {
			this.reader.onNext(this.buffers.wrap(content.retain()));
		}
	}

	void completed() {
		this.ended = true;
		if (this.reader != null) {
			this.reader.onComplete();
		}
	}

	void failed(Throwable cause) {
		this.ended = true;
		this.failure = cause;
		if (this.reader != null) {
			this.reader.onError(cause);
		}
	}

}
