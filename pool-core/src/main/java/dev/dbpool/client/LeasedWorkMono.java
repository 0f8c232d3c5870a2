package dev.dbpool.client;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Does work with a lease for each subscription, for {@link ReactiveLeases}. Operations
 * have a {@link LeaseSubscription} instead.
 *
 * @param <C> the type of connection
 * @param <T> the type of result
 */
final class LeasedWorkMono<C, T> extends Mono<T> {

	private final ConnectionPool<C> pool;

	private final LeaseOwner owner;

	private final Function<? super Lease<C>, ? extends Mono<? extends T>> work;

	LeasedWorkMono(ConnectionPool<C> pool, LeaseOwner owner,
			Function<? super Lease<C>, ? extends Mono<? extends T>> work) {
		this.pool = pool;
		this.owner = owner;
		this.work = work;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		actual.onSubscribe(new WorkSubscription<>(this, actual));
	}

	/**
	 * One subscription, in one object. Its state goes from {@code null} to
	 * {@link #ACQUIRING}, to the acquisition when that is known, to {@link #STARTING}
	 * with the lease, to the subscription of the work, and to {@link #ENDED} from any of
	 * these. The thread that moves it to {@code ENDED} closes the lease, except from
	 * {@code STARTING}: then the thread that starts the work does, which sees the end
	 * when it is about to request the result.
	 */
	private static final class WorkSubscription<C, T> implements Subscription, LeaseCallback<C>, CoreSubscriber<T> {

		private static final Object ACQUIRING = "ACQUIRING";

		private static final Object STARTING = "STARTING";

		private static final Object ENDED = "ENDED";

		@SuppressWarnings("rawtypes")
		private static final AtomicReferenceFieldUpdater<WorkSubscription, @Nullable Object> STATE = AtomicReferenceFieldUpdater
			.newUpdater(WorkSubscription.class, Object.class, "state");

		private final LeasedWorkMono<C, T> source;

		private final CoreSubscriber<? super T> actual;

		private volatile @Nullable Object state;

		/** Written before the state is {@link #STARTING}. */
		private @Nullable Lease<C> lease;

		private @Nullable T result;

		WorkSubscription(LeasedWorkMono<C, T> source, CoreSubscriber<? super T> actual) {
			this.source = source;
			this.actual = actual;
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n) && STATE.compareAndSet(this, null, ACQUIRING)) {
				ConnectionPool<C> pool = this.source.pool;
				Acquisition started = pool.acquire(this.source.owner, pool.options().acquireTimeout(), this);
				if (!STATE.compareAndSet(this, ACQUIRING, started)) {
					started.cancel();
				}
			}
		}

		@Override
		public void cancel() {
			Object before = STATE.getAndSet(this, ENDED);
			if (before instanceof Acquisition acquisition) {
				acquisition.cancel();
			}
			else if (before instanceof Subscription running) {
				running.cancel();
				closeLease();
			}
		}

		@Override
		public boolean isNonBlocking() {
			return true;
		}

		@Override
		public void onLease(Lease<C> acquired) {
			this.lease = acquired;
			for (Object current = this.state; current != ENDED; current = this.state) {
				if (STATE.compareAndSet(this, current, STARTING)) {
					start(acquired);
					return;
				}
			}
			acquired.close();
		}

		private void start(Lease<C> acquired) {
			Mono<? extends T> started;
			try {
				started = Objects.requireNonNull(this.source.work.apply(acquired), "the work returned no publisher");
			}
			catch (Throwable ex) {
				started = Mono.error(ex);
			}
			started.subscribe(this);
		}

		@Override
		public void onSubscribe(Subscription running) {
			if (STATE.compareAndSet(this, STARTING, running)) {
				running.request(Long.MAX_VALUE);
				return;
			}
			running.cancel();
			if (this.state == ENDED) {
				closeLease();
			}
		}

		@Override
		public void onNext(T value) {
			if (this.state == ENDED) {
				Operators.onNextDropped(value, currentContext());
			}
			else {
				this.result = value;
			}
		}

		@Override
		public void onComplete() {
			if (STATE.getAndSet(this, ENDED) != ENDED) {
				closeLease();
				T value = this.result;
				if (value != null) {
					this.actual.onNext(value);
				}
				this.actual.onComplete();
			}
		}

		@Override
		public void onError(Throwable failure) {
			if (STATE.getAndSet(this, ENDED) != ENDED) {
				closeLease();
				this.actual.onError(failure);
			}
			else {
				Operators.onErrorDropped(failure, currentContext());
			}
		}

		@Override
		public void onFailure(PoolException cause) {
			if (STATE.getAndSet(this, ENDED) != ENDED) {
				this.actual.onError(cause);
			}
		}

		private void closeLease() {
			Lease<C> held = this.lease;
			if (held != null) {
				held.close();
			}
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

	}

}
