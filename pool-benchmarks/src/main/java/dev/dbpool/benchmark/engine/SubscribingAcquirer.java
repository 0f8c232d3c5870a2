package dev.dbpool.benchmark.engine;

import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Acquires by subscribing itself, again and again, so that subscribers are not counted
 * among what a pool allocates. For use by one thread.
 */
abstract class SubscribingAcquirer implements AsyncPool.Acquirer, CoreSubscriber<Object> {

	static final Mono<Object> WORK = Mono.just("result");

	private final Consumer<Object> receiver;

	private @Nullable Subscription latest;

	SubscribingAcquirer(Consumer<Object> receiver) {
		this.receiver = receiver;
	}

	final Object subscribe(Mono<?> acquisition) {
		acquisition.subscribe(this);
		return Objects.requireNonNull(this.latest);
	}

	@Override
	public final void cancel(Object acquisition) {
		((Subscription) acquisition).cancel();
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		this.latest = subscription;
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public final void onNext(Object lease) {
		this.receiver.accept(lease);
	}

	@Override
	public final void onError(Throwable failure) {
	}

	@Override
	public final void onComplete() {
	}

}
