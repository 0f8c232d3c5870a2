package dev.dbpool.client;

import java.util.function.Function;

import dev.dbpool.pool.Lease;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One subscription to work on a leased connection: gives the lease back before it passes
 * on the end of the work. What cancelled work still emits is dropped.
 *
 * @param <T> the type of result
 */
final class LeaseSubscription<T> extends LeasedSubscription<T> {

	private final Function<Lease<ClientConnection>, ? extends Publisher<T>> work;

	private final boolean single;

	private @Nullable T value;

	private LeaseSubscription(OperationRun operation, Attempt attempt, CoreSubscriber<? super T> actual,
			Function<Lease<ClientConnection>, ? extends Publisher<T>> work, boolean single) {
		super(operation, attempt, actual);
		this.work = work;
		this.single = single;
	}

	/**
	 * Work with one result at most, for each subscription. The result is passed on after
	 * the lease was given back, so that what follows from it does not hold two leases.
	 */
	static <T> Mono<T> mono(OperationRun operation, Attempt attempt, Function<Lease<ClientConnection>, Mono<T>> work) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				new LeaseSubscription<>(operation, attempt, actual, work, true).acquire();
			}

		};
	}

	/**
	 * Work with any number of results, for each subscription.
	 */
	static <T> Flux<T> flux(OperationRun operation, Attempt attempt, Function<Lease<ClientConnection>, Flux<T>> work) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				new LeaseSubscription<>(operation, attempt, actual, work, false).acquire();
			}

		};
	}

	@Override
	Publisher<T> work(Lease<ClientConnection> lease) {
		return this.work.apply(lease);
	}

	@Override
	public void onNext(T item) {
		if (this.single) {
			this.value = item;
			return;
		}
		Lease<ClientConnection> held = lease();
		if (held != null) {
			held.renew();
		}
		next(item);
	}

	@Override
	public void onComplete() {
		if (end(Phase.WORKING) && (this.value == null || next(this.value))) {
			complete();
		}
	}

	@Override
	public void cancel() {
		if (cancelAcquiring()) {
			super.cancel();
		}
		else {
			cancel(Phase.WORKING);
		}
	}

	@Override
	void giveUp() {
		cancel();
	}

}
