package dev.dbpool.transport;

import java.io.IOException;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The body of a response, which notifies its exchange when it ends. Each signal is passed
 * on after the exchange has ended: who sees the end may use the connection again.
 */
final class ExchangeBody extends FluxOperator<DataBuffer, DataBuffer> {

	private final Exchange exchange;

	ExchangeBody(Flux<DataBuffer> body, Exchange exchange) {
		super(body);
		this.exchange = exchange;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Reader reader = new Reader(this.exchange, actual);
		if (this.exchange.beginReading(reader)) {
			this.source.subscribe(reader);
		}
		else if (this.exchange.isConnectionClosed()) {
			this.exchange.executeInTurn(() -> Operators.error(actual, closed()));
		}
		else {
			// a second reader is refused by the source and must not end the exchange
			this.source.subscribe(actual);
		}
	}

	private static IOException closed() {
		return new IOException("The connection was closed by the pool while the answer was being read");
	}

	/**
	 * Passes the body on. All signals come on the event loop.
	 */
	static final class Reader implements CoreSubscriber<DataBuffer>, Subscription {

		private final Exchange exchange;

		private final CoreSubscriber<? super DataBuffer> actual;

		private @Nullable Subscription upstream;

		private volatile boolean cancelled;

		private boolean connectionClosed;

		private boolean ended;

		Reader(Exchange exchange, CoreSubscriber<? super DataBuffer> actual) {
			this.exchange = exchange;
			this.actual = actual;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (Operators.validate(this.upstream, subscription)) {
				this.upstream = subscription;
				this.actual.onSubscribe(this);
				endIfConnectionClosed();
			}
		}

		@Override
		public void onNext(DataBuffer buffer) {
			if (this.ended) {
				DataBufferUtils.release(buffer);
				return;
			}
			try {
				this.actual.onNext(buffer);
			}
			catch (Throwable ex) {
				subscriberFailed(ex);
			}
		}

		private void subscriberFailed(Throwable thrown) {
			this.ended = true;
			this.exchange.subscriberFailed(thrown, this.actual);
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.cancel();
			}
		}

		/**
		 * Passes an error on. After a cancel it is the end of the socket that the cancel
		 * has closed, and of no interest.
		 */
		@Override
		public void onError(Throwable ex) {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.exchange.bodyAborted();
			if (!this.cancelled) {
				this.exchange.signal(() -> this.actual.onError(ex));
			}
		}

		@Override
		public void onComplete() {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.exchange.bodyCompleted();
			this.exchange.signal(this.actual::onComplete);
		}

		/**
		 * Ends the body with an error, whether or not the reader has asked for more.
		 */
		void connectionClosed() {
			this.exchange.executeInTurn(() -> {
				this.connectionClosed = true;
				endIfConnectionClosed();
			});
		}

		private void endIfConnectionClosed() {
			Subscription upstream = this.upstream;
			if (this.connectionClosed && upstream != null && !this.ended) {
				upstream.cancel();
				onError(closed());
			}
		}

		@Override
		public void request(long n) {
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.request(n);
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			this.exchange.bodyAborted();
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.cancel();
			}
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

	}

	/**
	 * Reads and discards an unwanted body, to save the connection.
	 */
	static final class Drain implements CoreSubscriber<DataBuffer> {

		private final Exchange exchange;

		Drain(Exchange exchange) {
			this.exchange = exchange;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}

		@Override
		public void onError(Throwable ex) {
			this.exchange.bodyAborted();
		}

		@Override
		public void onComplete() {
			this.exchange.bodyCompleted();
		}

	}

}
