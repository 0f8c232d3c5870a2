package dev.dbpool.client;

import java.util.function.Function;

import dev.dbpool.pool.Lease;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/**
 * One subscription to work on a leased connection: gives the lease back before it passes
 * on the end of the work. What cancelled work still emits is dropped.
 *
 * @param <C> the type of connection
 * @param <T> the type of result
 */
final class LeaseSubscription<C, T> extends LeasedSubscription<C, T> {

	private final Function<Lease<C>, ? extends Publisher<T>> work;

	private final boolean single;

	private @Nullable T value;

	/**
	 * Prepares a subscription.
	 * @param actual who gets the result
	 * @param work makes the result
	 * @param single whether the work has one result at most, which is then passed on
	 * after the lease was given back, so that what follows from it does not hold two
	 * leases
	 */
	LeaseSubscription(CoreSubscriber<? super T> actual, Function<Lease<C>, ? extends Publisher<T>> work,
			boolean single) {
		super(actual);
		this.work = work;
		this.single = single;
	}

	@Override
	Publisher<T> work(Lease<C> lease) {
		return this.work.apply(lease);
	}

	@Override
	public void onNext(T item) {
		if (this.single) {
			this.value = item;
			return;
		}
		Lease<C> held = lease();
		if (held != null) {
			held.renew();
		}
		actual().onNext(item);
	}

	@Override
	public void onComplete() {
		if (end(Phase.WORKING)) {
			if (this.value != null) {
				actual().onNext(this.value);
			}
			actual().onComplete();
		}
	}

	@Override
	public void cancel() {
		super.cancel();
		if (!cancelAcquiring()) {
			end(Phase.WORKING);
		}
	}

}
