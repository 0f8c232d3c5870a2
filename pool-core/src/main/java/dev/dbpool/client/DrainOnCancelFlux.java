package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * A body whose reader often stops short of its end, such as a JSON parser that has seen
 * the last bracket: what is left after a cancel is read and dropped, so that the
 * connection can be used again. If that is more than 64 KiB, or does not end within two
 * seconds, the body is cancelled.
 */
final class DrainOnCancelFlux extends FluxOperator<DataBuffer, DataBuffer> {

	private static final int LONGEST_REST = 64 * 1024;

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

	private final Duration longestWait;

	DrainOnCancelFlux(Flux<? extends DataBuffer> source) {
		this(source, LONGEST_WAIT);
	}

	DrainOnCancelFlux(Flux<? extends DataBuffer> source, Duration longestWait) {
		super(source);
		this.longestWait = longestWait;
	}

	/**
	 * Hands a subscription over immediately: the reader may ask for a byte before the
	 * event loop has got round to subscribe.
	 */
	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Reader reader = new Reader(actual, this.longestWait);
		actual.onSubscribe(reader);
		this.source.subscribe(reader);
	}

	private static final class Reader extends Operators.DeferredSubscription implements CoreSubscriber<DataBuffer> {

		private final CoreSubscriber<? super DataBuffer> actual;

		private int dropped;

		private final Duration longestWait;

		private final Disposable.Swap timer = Disposables.swap();

		private volatile boolean cancelled;

		private volatile boolean ended;

		Reader(CoreSubscriber<? super DataBuffer> actual, Duration longestWait) {
			this.actual = actual;
			this.longestWait = longestWait;
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
				giveUp();
			}
		}

		@Override
		public void onError(Throwable failure) {
			end();
			if (!this.cancelled) {
				this.actual.onError(failure);
			}
		}

		@Override
		public void onComplete() {
			end();
			if (!this.cancelled) {
				this.actual.onComplete();
			}
		}

		@Override
		public void cancel() {
			boolean first = !this.cancelled;
			this.cancelled = true;
			if (first && !this.ended) {
				this.timer.update(Schedulers.parallel()
					.schedule(this::giveUp, this.longestWait.toMillis(), TimeUnit.MILLISECONDS));
				request(Long.MAX_VALUE);
			}
		}

		private void giveUp() {
			super.cancel();
			end();
		}

		private void end() {
			this.ended = true;
			this.timer.dispose();
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

	}

}
