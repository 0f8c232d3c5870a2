package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Acquires a lease for each subscription, for {@link ReactiveLeases}. Operations have a
 * {@link LeaseSubscription} instead.
 *
 * @param <C> the type of connection
 */
final class LeaseMono<C> extends Mono<Lease<C>> {

	private final ConnectionPool<C> pool;

	private final LeaseOwner owner;

	LeaseMono(ConnectionPool<C> pool, LeaseOwner owner) {
		this.pool = pool;
		this.owner = owner;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Lease<C>> actual) {
		actual.onSubscribe(new AcquireSubscription<>(this, actual));
	}

	/**
	 * One subscription. Acquires when the lease is requested, so that it is never held
	 * for a subscriber that does not want it yet. Its state goes from {@code null} to
	 * {@link #ACQUIRING}, to the acquisition when that is known, and to {@link #ENDED}
	 * from any of these, by an outcome or by a cancel: whichever comes first. A lease
	 * that arrives after a cancel is closed.
	 *
	 * @param <C> the type of connection
	 */
	private static final class AcquireSubscription<C> implements Subscription, LeaseCallback<C> {

		private static final Object ACQUIRING = "ACQUIRING";

		private static final Object ENDED = "ENDED";

		@SuppressWarnings("rawtypes")
		private static final AtomicReferenceFieldUpdater<AcquireSubscription, @Nullable Object> STATE = AtomicReferenceFieldUpdater
			.newUpdater(AcquireSubscription.class, Object.class, "state");

		private final LeaseMono<C> source;

		private final CoreSubscriber<? super Lease<C>> actual;

		private volatile @Nullable Object state;

		AcquireSubscription(LeaseMono<C> source, CoreSubscriber<? super Lease<C>> actual) {
			this.source = source;
			this.actual = actual;
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n) && STATE.compareAndSet(this, null, ACQUIRING)) {
				ConnectionPool<C> pool = this.source.pool;
				Acquisition started = pool.acquire(this.source.owner, pool.options().acquireTimeout(), this);
				if (this.state == ENDED || !STATE.compareAndSet(this, ACQUIRING, started)) {
					started.cancel();
				}
			}
		}

		@Override
		public void cancel() {
			if (STATE.getAndSet(this, ENDED) instanceof Acquisition started) {
				started.cancel();
			}
		}

		@Override
		public boolean isNonBlocking() {
			return true;
		}

		@Override
		public void onLease(Lease<C> lease) {
			if (STATE.getAndSet(this, ENDED) != ENDED) {
				this.actual.onNext(lease);
				this.actual.onComplete();
			}
			else {
				lease.close();
			}
		}

		@Override
		public void onFailure(PoolException cause) {
			if (STATE.getAndSet(this, ENDED) != ENDED) {
				this.actual.onError(cause);
			}
		}

	}

}
