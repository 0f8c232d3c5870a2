package dev.dbpool.client;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One subscription to work on a leased connection: acquires the lease, subscribes to the
 * work, and gives the lease back before it passes on the end of the work.
 * <p>
 * The phase goes {@code ACQUIRING -> WORKING -> ENDED} or {@code ACQUIRING -> ENDED}, by
 * compare-and-set; who moves it to {@code ENDED} from {@code WORKING} closes the lease,
 * and a lease that arrives after {@code ENDED} is closed on arrival. So a cancel that
 * races with the hand-over or with the end loses no lease. What cancelled work still
 * emits is dropped.
 *
 * @param <C> the type of connection
 * @param <T> the type of result
 */
final class LeaseSubscription<C, T> extends Operators.DeferredSubscription
		implements CoreSubscriber<T>, LeaseCallback<C> {

	private enum Phase {

		ACQUIRING, WORKING, ENDED

	}

	private final CoreSubscriber<? super T> actual;

	private final Function<Lease<C>, ? extends Publisher<T>> work;

	private final boolean single;

	private @Nullable T value;

	private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ACQUIRING);

	private @Nullable Lease<C> lease;

	private volatile @Nullable Acquisition acquisition;

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
		this.actual = actual;
		this.work = work;
		this.single = single;
	}

	void acquire(ConnectionPool<C> pool, LeaseOwner owner) {
		this.actual.onSubscribe(this);
		if (this.phase.get() == Phase.ENDED) {
			return;
		}
		Acquisition started = pool.acquire(owner, pool.options().acquireTimeout(), this);
		this.acquisition = started;
		if (this.phase.get() == Phase.ENDED) {
			started.cancel();
		}
	}

	@Override
	public void onLease(Lease<C> lease) {
		this.lease = lease;
		if (!this.phase.compareAndSet(Phase.ACQUIRING, Phase.WORKING)) {
			lease.close();
			return;
		}
		Publisher<T> result;
		try {
			result = Objects.requireNonNull(this.work.apply(lease), "the work made no publisher");
		}
		catch (Throwable ex) {
			onError(ex);
			return;
		}
		result.subscribe(this);
	}

	@Override
	public void onFailure(PoolException cause) {
		if (this.phase.compareAndSet(Phase.ACQUIRING, Phase.ENDED)) {
			this.actual.onError(cause);
		}
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onNext(T item) {
		if (this.single) {
			this.value = item;
			return;
		}
		Lease<C> held = this.lease;
		if (held != null) {
			held.renew();
		}
		this.actual.onNext(item);
	}

	@Override
	public void onComplete() {
		if (release()) {
			if (this.value != null) {
				this.actual.onNext(this.value);
			}
			this.actual.onComplete();
		}
	}

	@Override
	public void onError(Throwable failure) {
		if (release()) {
			this.actual.onError(failure);
		}
	}

	@Override
	public void cancel() {
		super.cancel();
		if (this.phase.compareAndSet(Phase.ACQUIRING, Phase.ENDED)) {
			Acquisition started = this.acquisition;
			if (started != null) {
				started.cancel();
			}
		}
		else {
			release();
		}
	}

	private boolean release() {
		if (!this.phase.compareAndSet(Phase.WORKING, Phase.ENDED)) {
			return false;
		}
		Lease<C> held = this.lease;
		if (held != null) {
			held.close();
		}
		return true;
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

}
