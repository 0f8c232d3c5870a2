package dev.dbpool.client;

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
 * A body whose reader often stops short of its end, such as a JSON parser that has seen
 * the last bracket: what is left after a cancel is read and dropped, so that the
 * connection can be used again. If that is more than 64 KiB, the body is cancelled.
 */
final class RestOfBody extends FluxOperator<DataBuffer, DataBuffer> {

	private static final int LONGEST_REST = 64 * 1024;

	RestOfBody(Flux<? extends DataBuffer> source) {
		super(source);
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		this.source.subscribe(new Reader(actual));
	}

	private static final class Reader implements CoreSubscriber<DataBuffer>, Subscription {

		private final CoreSubscriber<? super DataBuffer> actual;

		private @Nullable Subscription upstream;

		private int dropped;

		private volatile boolean cancelled;

		Reader(CoreSubscriber<? super DataBuffer> actual) {
			this.actual = actual;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (Operators.validate(this.upstream, subscription)) {
				this.upstream = subscription;
				this.actual.onSubscribe(this);
			}
		}

		@Override
		public void onNext(DataBuffer buffer) {
			if (!this.cancelled) {
				this.actual.onNext(buffer);
				return;
			}
			this.dropped += buffer.readableByteCount();
			DataBufferUtils.release(buffer);
			Subscription source = this.upstream;
			if (this.dropped > LONGEST_REST && source != null) {
				source.cancel();
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
		public void request(long count) {
			Subscription source = this.upstream;
			if (source != null) {
				source.request(count);
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
