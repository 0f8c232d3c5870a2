package dev.dbpool.client;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

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
 * One subscription to something that needs a leased connection: acquires the lease when
 * it is subscribed to, subscribes to the work then, and closes the lease once.
 * <p>
 * The phase goes from {@code ACQUIRING} to {@code WORKING}, on through those that a
 * subclass has, and from any of these to {@code ENDED}, by compare-and-set; who moves it
 * there closes the lease, and a lease that arrives later is closed on arrival. So a
 * cancel that races with the hand-over or with the end loses no lease.
 *
 * @param <C> the type of connection
 * @param <T> the type of result
 */
abstract class LeasedSubscription<C, T> extends Operators.DeferredSubscription
		implements CoreSubscriber<T>, LeaseCallback<C> {

	/**
	 * How far a subscription is.
	 */
	enum Phase {

		ACQUIRING, WORKING, ANSWERED, READING, ENDED

	}

	private final CoreSubscriber<? super T> actual;

	private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ACQUIRING);

	private @Nullable Lease<C> lease;

	private volatile @Nullable Acquisition acquisition;

	LeasedSubscription(CoreSubscriber<? super T> actual) {
		this.actual = actual;
	}

	/**
	 * Begins the work on a lease.
	 */
	abstract Publisher<T> work(Lease<C> lease);

	final CoreSubscriber<? super T> actual() {
		return this.actual;
	}

	/**
	 * Returns the lease, once there is one.
	 */
	final @Nullable Lease<C> lease() {
		return this.lease;
	}

	final void acquire(ConnectionPool<C> pool, LeaseOwner owner) {
		this.actual.onSubscribe(this);
		if (this.phase.get() == Phase.ENDED) {
			return;
		}
		Acquisition started;
		try {
			started = pool.acquire(owner, pool.options().acquireTimeout(), this);
		}
		catch (Throwable ex) {
			if (move(Phase.ACQUIRING, Phase.ENDED)) {
				this.actual.onError(ex);
			}
			return;
		}
		this.acquisition = started;
		if (this.phase.get() == Phase.ENDED) {
			started.cancel();
		}
	}

	@Override
	public final void onLease(Lease<C> acquired) {
		this.lease = acquired;
		if (!move(Phase.ACQUIRING, Phase.WORKING)) {
			acquired.close();
			return;
		}
		Publisher<T> result;
		try {
			result = Objects.requireNonNull(work(acquired), "the work made no publisher");
		}
		catch (Throwable ex) {
			onError(ex);
			return;
		}
		result.subscribe(this);
	}

	@Override
	public final void onFailure(PoolException cause) {
		if (move(Phase.ACQUIRING, Phase.ENDED)) {
			this.actual.onError(cause);
		}
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onError(Throwable failure) {
		if (end(Phase.WORKING)) {
			this.actual.onError(failure);
		}
	}

	/**
	 * Gives up before there is a lease.
	 * @return whether it was not too late for that
	 */
	final boolean cancelAcquiring() {
		if (!move(Phase.ACQUIRING, Phase.ENDED)) {
			return false;
		}
		Acquisition started = this.acquisition;
		if (started != null) {
			started.cancel();
		}
		return true;
	}

	final boolean move(Phase from, Phase to) {
		return this.phase.compareAndSet(from, to);
	}

	/**
	 * Closes the lease, if the phase is still the one given.
	 * @return whether it was
	 */
	final boolean end(Phase from) {
		if (!move(from, Phase.ENDED)) {
			return false;
		}
		closeLease();
		return true;
	}

	final void closeLease() {
		Lease<C> held = this.lease;
		if (held != null) {
			held.close();
		}
	}

	@Override
	public final Context currentContext() {
		return this.actual.currentContext();
	}

}
