package dev.dbpool.client;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * A body whose reader often stops short of its end, such as a JSON parser that has seen
 * the last bracket: what is left after a cancel is read and dropped, so that the
 * connection can be used again. If that is more than 64 KiB, the body is cancelled.
 */
final class RestOfBody extends FluxOperator<DataBuffer, DataBuffer> {

	private static final int LONGEST_REST = 64 * 1024;

	RestOfBody(Flux<? extends DataBuffer> source) {
		super(source);
	}

	/**
	 * Hands a subscription over at once: the reader may ask for a byte before the event
	 * loop has got round to subscribe.
	 */
	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Reader reader = new Reader(actual);
		actual.onSubscribe(reader);
		this.source.subscribe(reader);
	}

	private static final class Reader extends Operators.DeferredSubscription implements CoreSubscriber<DataBuffer> {

		private final CoreSubscriber<? super DataBuffer> actual;

		private int dropped;

		private volatile boolean cancelled;

		Reader(CoreSubscriber<? super DataBuffer> actual) {
			this.actual = actual;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			set(subscription);
		}

		@Override
		public void onNext(DataBuffer buffer) {
			if (!this.cancelled) {
				this.actual.onNext(buffer);
				return;
			}
			this.dropped += buffer.readableByteCount();
			DataBufferUtils.release(buffer);
			if (this.dropped > LONGEST_REST) {
				super.cancel();
			}
		}

		@Override
		public void onError(Throwable failure) {
			if (!this.cancelled) {
				this.actual.onError(failure);
			}
		}

		@Override
		public void onComplete() {
			if (!this.cancelled) {
				this.actual.onComplete();
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			request(Long.MAX_VALUE);
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

	}

}
