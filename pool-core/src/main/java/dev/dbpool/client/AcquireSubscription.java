package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscription for a lease. Acquires when the lease is requested, so that it is never
 * held for a subscriber that does not want it yet. {@code NEW -> ACQUIRING -> ENDED}, or
 * straight to {@code ENDED} by a cancel; a lease that arrives after a cancel is closed.
 *
 * @param <C> the type of connection
 */
final class AcquireSubscription<C> implements Subscription, LeaseCallback<C> {

	private enum Phase {

		NEW, ACQUIRING, ENDED

	}

	private final CoreSubscriber<? super Lease<C>> actual;

	private final ConnectionPool<C> pool;

	private final LeaseOwner owner;

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<AcquireSubscription, Phase> PHASE = AtomicReferenceFieldUpdater
		.newUpdater(AcquireSubscription.class, Phase.class, "phase");

	private volatile Phase phase = Phase.NEW;

	private volatile @Nullable Acquisition acquisition;

	AcquireSubscription(CoreSubscriber<? super Lease<C>> actual, ConnectionPool<C> pool, LeaseOwner owner) {
		this.actual = actual;
		this.pool = pool;
		this.owner = owner;
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n) && PHASE.compareAndSet(this, Phase.NEW, Phase.ACQUIRING)) {
			Acquisition started = this.pool.acquire(this.owner, this.pool.options().acquireTimeout(), this);
			this.acquisition = started;
			if (this.phase == Phase.ENDED) {
				started.cancel();
			}
		}
	}

	@Override
	public void cancel() {
		this.phase = Phase.ENDED;
		Acquisition started = this.acquisition;
		if (started != null) {
			started.cancel();
		}
	}

	@Override
	public void onLease(Lease<C> lease) {
		if (PHASE.compareAndSet(this, Phase.ACQUIRING, Phase.ENDED)) {
			this.actual.onNext(lease);
			this.actual.onComplete();
		}
		else {
			lease.close();
		}
	}

	@Override
	public void onFailure(PoolException cause) {
		if (PHASE.compareAndSet(this, Phase.ACQUIRING, Phase.ENDED)) {
			this.actual.onError(cause);
		}
	}

}
